import { probe } from '../../../src/config/values/probe.ts';
import { reads, refuses } from './reads.ts';

reads(probe, [
  ['none', 0],
  ['tcp', 5000],
  ['tcp:100ms', 100],
  ['tcp:1m', 60_000],
]);

refuses(probe, [
  ['', 'unknown_choice'],
  ['http', 'unknown_choice'],
  ['tcp:', 'invalid_duration', 'a duration with its unit, such as 500ms, 5s, 10m or 1h'],
  ['tcp:0', 'too_small', 'at least 100ms'],
  ['tcp:99ms', 'too_small', 'at least 100ms'],
]);

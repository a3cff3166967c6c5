import { affinity, choice, flag, probe } from '../../../src/config/values/choices.ts';
import { reads, refuses } from './reads.ts';

const form = choice('none', 'v1', 'v2');

reads('choice', form, [
  ['none', 'none'],
  ['v2', 'v2'],
]);

refuses('choice', form, [
  ['', 'unknown_choice', 'one of none, v1, v2'],
  ['V1', 'unknown_choice', 'expected one of none, v1, v2, got "V1"; did you mean v1?'],
  ['v3', 'unknown_choice'],
  ['v1 ', 'unknown_choice', 'expected one of none, v1, v2, got "v1 "; did you mean v1?'],
  ['toString', 'unknown_choice'],
]);

reads('flag', flag, [
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

refuses('flag', flag, [
  ['', 'invalid_flag', 'true or false'],
  ['yes', 'invalid_flag'],
  ['on', 'invalid_flag'],
  ['TRUE', 'invalid_flag'],
  ['maybe', 'invalid_flag'],
]);

// A1: 10800 s where nobody says otherwise, 1 s to 86400 s.
reads('affinity', affinity, [
  ['none', { kind: 'none' }],
  ['service', { kind: 'service' }],
  ['client-ip', { kind: 'client-ip', ms: 10_800_000 }],
  ['client-ip:10m', { kind: 'client-ip', ms: 600_000 }],
  ['client-ip:1s', { kind: 'client-ip', ms: 1000 }],
  ['client-ip:24h', { kind: 'client-ip', ms: 86_400_000 }],
]);

refuses('affinity', affinity, [
  ['', 'unknown_choice'],
  ['ClientIP', 'unknown_choice'],
  ['client-ip:', 'invalid_duration', 'a duration with its unit, such as 500ms, 5s, 10m or 1h'],
  ['client-ip:0', 'too_small', 'at least 1s'],
  ['client-ip:999ms', 'too_small', 'at least 1s'],
  ['client-ip:25h', 'too_large', 'at most client-ip:24h'],
]);

reads('probe', probe, [
  ['none', 0],
  ['tcp', 5000],
  ['tcp:100ms', 100],
  ['tcp:1m', 60_000],
]);

refuses('probe', probe, [
  ['', 'unknown_choice'],
  ['http', 'unknown_choice'],
  ['tcp:', 'invalid_duration', 'a duration with its unit, such as 500ms, 5s, 10m or 1h'],
  ['tcp:0', 'too_small', 'at least 100ms'],
  ['tcp:99ms', 'too_small', 'at least 100ms'],
]);

import { affinity } from '../../../src/config/values/affinity.ts';
import { reads, refuses } from './reads.ts';

// A1: 10800 s where nobody says otherwise, 1 s to 86400 s.
reads(affinity, [
  ['none', { kind: 'none' }],
  ['service', { kind: 'service' }],
  ['client-ip', { kind: 'client-ip', ms: 10_800_000 }],
  ['client-ip:10m', { kind: 'client-ip', ms: 600_000 }],
  ['client-ip:1s', { kind: 'client-ip', ms: 1000 }],
  ['client-ip:24h', { kind: 'client-ip', ms: 86_400_000 }],
]);

refuses(affinity, [
  ['', 'unknown_choice'],
  ['ClientIP', 'unknown_choice'],
  ['client-ip:', 'invalid_duration', 'a duration with its unit, such as 500ms, 5s, 10m or 1h'],
  ['client-ip:0', 'too_small', 'at least 1s'],
  ['client-ip:999ms', 'too_small', 'at least 1s'],
  ['client-ip:25h', 'too_large', 'at most client-ip:24h'],
]);

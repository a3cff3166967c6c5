import { listenerName } from '../../../src/config/values/listener-name.ts';
import { reads, refuses } from './reads.ts';

reads(listenerName, [
  ['a', 'a'],
  ['web-1', 'web-1'],
  ['0', '0'],
  ['a-', 'a-'],
  ['a'.repeat(63), 'a'.repeat(63)],
]);

refuses(listenerName, [
  ['', 'invalid_name'],
  ['-a', 'invalid_name'],
  ['Web', 'invalid_name'],
  ['web_1', 'invalid_name'],
  ['web.1', 'invalid_name'],
  ['wéb', 'invalid_name'],
  ['web\n', 'invalid_name'],
  ['a'.repeat(64), 'invalid_name'],
]);

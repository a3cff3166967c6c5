import { flag } from '../../../src/config/values/flag.ts';
import { reads, refuses } from './reads.ts';

reads(flag, [
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

refuses(flag, [
  ['', 'invalid_flag', 'true or false'],
  ['yes', 'invalid_flag'],
  ['on', 'invalid_flag'],
  ['TRUE', 'invalid_flag'],
  ['maybe', 'invalid_flag'],
]);

import { choice } from '../../../src/config/values/choice.ts';
import { reads, refuses } from './reads.ts';

const type = choice('none', 'v1', 'v2');

reads(type, [
  ['none', 'none'],
  ['v2', 'v2'],
]);

refuses(type, [
  ['', 'unknown_choice', 'one of none, v1, v2'],
  ['V1', 'unknown_choice', 'expected one of none, v1, v2, got "V1"; did you mean v1?'],
  ['v3', 'unknown_choice'],
  ['v1 ', 'unknown_choice', 'expected one of none, v1, v2, got "v1 "; did you mean v1?'],
  ['toString', 'unknown_choice'],
]);

import { word } from '../../../src/config/values/word.ts';
import { reads, refuses } from './reads.ts';

const node = word('name', 'the name of a node');

reads(node, [
  ['node-a', 'node-a'],
  ['arn:aws:eks:eu-1:1:cluster/kind', 'arn:aws:eks:eu-1:1:cluster/kind'],
  ['n'.repeat(253), 'n'.repeat(253)],
]);

refuses(node, [
  ['', 'invalid_name'],
  ['node a', 'invalid_name'],
  ['node\n', 'invalid_name'],
  ['node\u0007', 'invalid_name'],
  ['n'.repeat(254), 'invalid_name'],
]);

import { filePath, listenerName, word } from '../../../src/config/values/names.ts';
import { reads, refuses } from './reads.ts';

const node = word('name', 'the name of a node');

reads('word', node, [
  ['node-a', 'node-a'],
  ['arn:aws:eks:eu-1:1:cluster/kind', 'arn:aws:eks:eu-1:1:cluster/kind'],
  ['n'.repeat(253), 'n'.repeat(253)],
]);

refuses('word', node, [
  ['', 'invalid_name'],
  ['node a', 'invalid_name'],
  ['node\n', 'invalid_name'],
  ['node\u0007', 'invalid_name'],
  ['n'.repeat(254), 'invalid_name'],
]);

reads('listener name', listenerName, [
  ['a', 'a'],
  ['web-1', 'web-1'],
  ['0', '0'],
  ['a-', 'a-'],
  ['a'.repeat(63), 'a'.repeat(63)],
]);

refuses('listener name', listenerName, [
  ['', 'invalid_name'],
  ['-a', 'invalid_name'],
  ['Web', 'invalid_name'],
  ['web_1', 'invalid_name'],
  ['web.1', 'invalid_name'],
  ['wéb', 'invalid_name'],
  ['web\n', 'invalid_name'],
  ['a'.repeat(64), 'invalid_name'],
]);

reads('file path', filePath, [['/etc/herald.yaml', '/etc/herald.yaml']]);
refuses('file path', filePath, [['', 'missing', 'the name of a file']]);

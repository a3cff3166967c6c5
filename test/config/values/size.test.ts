import { size } from '../../../src/config/values/size.ts';
import { reads, refuses } from './reads.ts';

const type = size({ min: 16, max: 2 * 1024 * 1024 });

reads(type, [
  ['16B', 16],
  ['4096B', 4096],
  ['64KiB', 65_536],
  ['2MiB', 2_097_152],
]);

refuses(type, [
  ['', 'invalid_size'],
  ['4096', 'invalid_size', 'a size with its unit, such as 4096B or 64KiB'],
  ['4kB', 'invalid_size'],
  ['4K', 'invalid_size'],
  ['4KB', 'invalid_size'],
  ['4kib', 'invalid_size'],
  ['1.5KiB', 'invalid_size'],
  ['-1B', 'invalid_size'],
  ['1 KiB', 'invalid_size'],
  ['15B', 'too_small', 'at least 16B'],
  ['0B', 'too_small', 'at least 16B'],
  ['3MiB', 'too_large', 'at most 2097152B'],
]);

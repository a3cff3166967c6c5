import { share } from '../../../src/config/values/share.ts';
import { reads, refuses } from './reads.ts';

reads(share, [
  ['0%', 0],
  ['1%', 0.01],
  ['50%', 0.5],
  ['100%', 1],
]);

refuses(share, [
  ['', 'invalid_share', 'a share from 0% to 100%'],
  ['50', 'invalid_share'],
  ['0.5', 'invalid_share'],
  ['101%', 'invalid_share'],
  ['-1%', 'invalid_share'],
  ['05%', 'invalid_share'],
  ['50 %', 'invalid_share'],
  ['%', 'invalid_share'],
]);

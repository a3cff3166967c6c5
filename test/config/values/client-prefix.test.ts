import { clientPrefix } from '../../../src/config/values/client-prefix.ts';
import { reads, refuses } from './reads.ts';

reads(clientPrefix, [
  ['4:32,6:64', { v4: 32, v6: 64 }],
  ['6:56', { v4: 32, v6: 56 }],
  ['4:24', { v4: 24, v6: 64 }],
  ['6:128, 4:0', { v4: 0, v6: 128 }],
  [['4:24', '6:48'], { v4: 24, v6: 48 }],
]);

refuses(clientPrefix, [
  ['', 'invalid_client_prefix'],
  ['64', 'invalid_client_prefix'],
  ['/64', 'invalid_client_prefix'],
  ['5:32', 'invalid_client_prefix'],
  ['4:-1', 'invalid_client_prefix'],
  ['4:032', 'invalid_client_prefix'],
  ['4:33', 'too_large', 'at most 32 bits'],
  ['6:129', 'too_large', 'at most 128 bits'],
  ['4:32,4:24', 'contradictory_client_prefix', 'each family once'],
]);

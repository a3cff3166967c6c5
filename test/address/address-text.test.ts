import test from 'ava';
import { addressText } from '../../src/address/address-text.ts';
import { parseIp } from '../../src/address/ip.ts';
import { tcp } from '../control/scripted-config.ts';

test('an address is written as one would type it', (t) => {
  t.deepEqual(
    [
      addressText(tcp(80)),
      addressText({ kind: 'tcp', ip: parseIp('::1')!, port: 80 }),
      addressText({ kind: 'tcp', ip: null, port: 80 }),
      addressText({ kind: 'unix', path: '/run/x' }),
    ],
    ['127.0.0.1:80', '[::1]:80', ':80', 'unix:/run/x'],
  );
});

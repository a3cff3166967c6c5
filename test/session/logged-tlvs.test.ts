import test from 'ava';
import { clientOf, headerlessClient } from '../../src/session/client.ts';
import { loggedTlvs } from '../../src/session/logged-tlvs.ts';
import { formatHeader } from '../../src/wire/format-header.ts';
import { headerOf } from './headers.ts';

const CLIENT = clientOf(
  headerOf(
    formatHeader({
      version: 2,
      command: 'PROXY',
      source: { address: '192.0.2.1', port: 1 },
      destination: { address: '192.0.2.2', port: 2 },
      tlvs: [
        { type: 0x02, value: Buffer.from('a.example') },
        { type: 0xe4, value: Buffer.from('x\n') },
      ],
    }),
  ),
  null,
  null,
);

test('of what came with a client exactly the wanted types are logged, by name or number, as escaped text', (t) => {
  t.deepEqual(loggedTlvs(CLIENT, [0x02, 0xe4, 0xe5]), [
    { name: 'AUTHORITY', text: 'a.example' },
    { name: '0xe4', text: 'x\\x0a' },
  ]);
  t.deepEqual(loggedTlvs(CLIENT, []), []);
  t.deepEqual(loggedTlvs(headerlessClient(null, null), [0x02]), []);
});

import test from 'ava';
import { listeningPorts, reservedPorts, takenPorts } from '../../src/app/reserved-ports.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 0100007F:A000 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
`;
const TABLE6 = `  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 0 0 0 0 0
`;
const NONE = { address: null, asked: false };
const OPS = { metrics: NONE, admin: NONE, serviceHealth: NONE };

test('a table of the kernel names the ports that somebody listens on, and no others', (t) => {
  t.deepEqual(listeningPorts(TABLE), [22, 8080]);
  t.deepEqual(listeningPorts(TABLE6), [443]);
  t.deepEqual(listeningPorts('nonsense\n\n 1: x'), []);
});

test('G4: ports of Kubernetes and of Herald itself are reserved everywhere', (t) => {
  const metrics = { address: { kind: 'tcp', ip: null, port: 9464 }, asked: true } as const;
  const ports = reservedPorts({ ...OPS, metrics }, { hopListen: { kind: 'tcp', ip: null, port: 9466 } });
  for (const port of [2379, 2380, 6443, 10_248, 10_259, 30_000, 32_767]) t.true(ports.has(port), `${port}`);
  for (const port of [80, 2378, 2381, 6442, 10_247, 10_260, 29_999, 32_768])
    t.false(ports.has(port), `${port}`);
  t.is(ports.get(9464), "it is Herald's own");
  t.is(ports.get(9466), 'instances of this gateway hand over sessions there');
});

test('G4: ports of other programs are taken on this machine', (t) => {
  const ports = takenPorts(new Set(), (path) => (path.endsWith('tcp') ? TABLE : TABLE6));
  t.deepEqual([...ports.keys()].sort(), [22, 443, 8080]);
  for (const why of ports.values()) t.regex(why, /another program/);
});

test("ports of the Herald that this one takes the place of are not another program's", (t) => {
  const ports = takenPorts(new Set([443]), (path) => (path.endsWith('tcp6') ? TABLE6 : undefined));
  t.false(ports.has(443));
});

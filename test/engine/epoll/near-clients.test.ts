import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { IPROUTE, NAMESPACES, Namespace } from '../../helpers/namespace.ts';
import { testWith } from '../../helpers/peer-installed.ts';

const inNamespace = testWith([IPROUTE], [NAMESPACES]);
const CHILD = fileURLToPath(new URL('./near-clients-child.js', import.meta.url));

interface Row {
  readonly client: string;
  readonly seen: string;
  readonly hasPort: boolean;
  readonly plain: number;
}

/** Whom an endpoint of this address sees for each client, in a namespace where answers to `far` come back to Herald. */
async function seen(t: ExecutionContext, at: string, far: string, args: readonly string[]): Promise<Row[]> {
  const namespace = await Namespace.create(t);
  const family = at.includes(':') ? '-6' : '-4';
  namespace.ip(`${family} address add ${at}/${family === '-4' ? 32 : 128} dev lo`);
  namespace.ip(`${family} route add local ${far} dev lo`);
  const { code, stdout, stderr } = await namespace.run(t, process.execPath, [CHILD, at, ...args]);
  t.is(code, 0, stderr);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

inNamespace(
  'clients on the node of an endpoint come from an address of the node, and are counted',
  async (t) => {
    const clients = ['203.0.113.7', '10.1.2.3', '10.244.1.9', '10.244.1.7', '203.0.113.8'];
    const rows = await seen(t, '10.244.1.7', '203.0.113.0/24', ['10.1.2.3', '10.244.1.0/24', ...clients]);
    t.deepEqual(rows, [
      { client: '203.0.113.7', seen: '203.0.113.7', hasPort: true, plain: 0 },
      { client: '10.1.2.3', seen: '10.244.1.7', hasPort: false, plain: 1 },
      { client: '10.244.1.9', seen: '10.244.1.7', hasPort: false, plain: 2 },
      { client: '10.244.1.7', seen: '10.244.1.7', hasPort: false, plain: 3 },
      { client: '203.0.113.8', seen: '203.0.113.8', hasPort: true, plain: 3 },
    ]);
  },
);

inNamespace('the same over IPv6', async (t) => {
  const clients = ['2001:db8:7::7', 'fd00:244::9', '2001:db8:7::8'];
  const rows = await seen(t, 'fd00:244::7', '2001:db8:7::/64', ['fd00:1::3', 'fd00:244::/64', ...clients]);
  t.deepEqual(rows, [
    { client: '2001:db8:7::7', seen: '2001:db8:7::7', hasPort: true, plain: 0 },
    { client: 'fd00:244::9', seen: 'fd00:244::7', hasPort: false, plain: 1 },
    { client: '2001:db8:7::8', seen: '2001:db8:7::8', hasPort: true, plain: 1 },
  ]);
});

import { fromLinux, onLinux } from '../linux/on-linux.ts';
import { herald } from './fake-host.ts';

const { NODE_TABLE } = await fromLinux(() => import('../../src/transparent/node-routes.ts'));

onLinux('without flags the table is the one that Herald itself looks for', async (t) => {
  const { status, out } = await herald(['routes', 'show', '--node', '--json']);
  t.is(status, 0);
  const { parts, ...facts } = JSON.parse(out);
  t.deepEqual(facts, { scope: 'node', table: NODE_TABLE, guardPort: null });
  t.is(parts.length, 13);
});

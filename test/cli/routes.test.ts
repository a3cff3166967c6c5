import { fromLinux, onLinux } from '../linux/on-linux.ts';
import { herald } from './fake-host.ts';

const { NODE_MARK, NODE_TABLE } = await fromLinux(() => import('../../src/transparent/node-routes.ts'));

onLinux('without flags the mark and the table are those that Herald itself looks for', async (t) => {
  const { status, out } = await herald(['routes', 'show', '--node', '--json']);
  t.is(status, 0);
  const { scope, mark, table, guardPort } = JSON.parse(out);
  t.deepEqual(
    { scope, mark, table, guardPort },
    { scope: 'node', mark: NODE_MARK, table: NODE_TABLE, guardPort: null },
  );
});

onLinux('a mark may be written as a decimal number too', async (t) => {
  const { out } = await herald(['routes', 'show', '--node', '--json', '--mark', '72', '--guard', '9466']);
  const { mark, guardPort } = JSON.parse(out);
  t.deepEqual([mark, guardPort], [72, 9466]);
});

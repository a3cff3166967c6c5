import { fileURLToPath } from 'node:url';
import { IPROUTE, NAMESPACES, Namespace } from '../../helpers/namespace.ts';
import { testWith } from '../../helpers/peer-installed.ts';

const inNamespace = testWith([IPROUTE], [NAMESPACES]);
const CHILD = fileURLToPath(new URL('./hop-ports-child.js', import.meta.url));

for (const at of ['10.1.2.4', 'fd00:9::4']) {
  inNamespace(`a hop at ${at} gets sessions while every port to it is in TIME_WAIT`, async (t) => {
    const namespace = await Namespace.create(t);
    namespace.ip(`address add ${at}/${at.includes(':') ? 128 : 32} dev lo`);
    const { code, stdout, stderr } = await namespace.run(t, process.execPath, [CHILD, at, '64']);
    t.is(code, 0, stderr);
    t.is(stdout.trim(), '64');
  });
}

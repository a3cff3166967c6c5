import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IPROUTE, NAMESPACES, Namespace } from '../../helpers/namespace.ts';
import { testWith } from '../../helpers/peer-installed.ts';

const CHILD = fileURLToPath(new URL('./own-end-child.js', import.meta.url));
/** Few ports, the endpoint's among them and as odd as the first, for those are tried first. */
const NARROW = 'echo "50041 50061" > /proc/sys/net/ipv4/ip_local_port_range';

testWith([IPROUTE, NAMESPACES])(
  'an endpoint that is down refuses, also where the kernel would connect a socket to itself',
  async (t) => {
    const { prefix } = await Namespace.create(t);
    const [command, ...args] = prefix;
    const inside = (...words: string[]) => spawnSync(command!, [...args, ...words], { encoding: 'utf8' });
    t.is(inside('sh', '-c', NARROW).status, 0);
    const { stdout, stderr } = inside(process.execPath, CHILD);
    t.deepEqual(JSON.parse(stdout), { connect_refused: 300 }, stderr);
  },
);

import { fileURLToPath } from 'node:url';
import { NAMESPACES } from '../helpers/namespace.ts';
import { PeerProcess } from '../helpers/peer-process.ts';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { Sockets } from './sockets.ts';

const { isOfOwnNetwork } = await fromLinux(() => import('../../src/linux/own-network.ts'));
const socket = await fromLinux(() => import('../../src/linux/socket.ts'));

leavesNothingOpen();

const MODULE = fileURLToPath(new URL('../../src/linux/own-network.js', import.meta.url));

onLinux('sockets of this process are of its network, and what is no socket is of none', (t) => {
  const sockets = new Sockets(t);
  t.true(isOfOwnNetwork(sockets.listener().fd));
  t.true(isOfOwnNetwork(sockets.keep(socket.unixSocket())));
  t.false(isOfOwnNetwork(1_000_000));
});

onLinux(
  'a socket that is inherited into another network is not of that one',
  async (t) => {
    const sockets = new Sockets(t);
    const program = `import { isOfOwnNetwork } from ${JSON.stringify(MODULE)}; console.log(isOfOwnNetwork(3));`;
    const words = ['--net', process.execPath, '--input-type=module', '--eval', program];
    const descriptors = [sockets.listener().fd];
    const there = new PeerProcess('unshare', words, { descriptors });
    t.is((await there.exited).code, 0);
    t.deepEqual(there.stdout, ['false']);
    const here = new PeerProcess(process.execPath, words.slice(2), { descriptors });
    t.is((await here.exited).code, 0);
    t.deepEqual(here.stdout, ['true']);
  },
  NAMESPACES,
);

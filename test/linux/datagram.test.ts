import { constants } from 'node:os';
import { NotifySocket } from '../helpers/notify-socket.ts';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';

const { sendDatagram } = await fromLinux(() => import('../../src/linux/datagram.ts'));

leavesNothingOpen();

const { errno } = constants as { errno: { readonly [name: string]: number } };
const text = (value: string) => new TextEncoder().encode(value);

for (const abstract of [false, true]) {
  onLinux(
    `a datagram arrives whole at ${abstract ? 'a name of the abstract namespace' : 'the path of a socket'}`,
    async (t) => {
      const receiver = await NotifySocket.open(t, { abstract });
      t.is(sendDatagram(receiver.path, text('READY=1\nSTATUS=ä')), 0);
      t.is(sendDatagram(receiver.path, text('STOPPING=1')), 0);
      t.deepEqual(receiver.read(), ['READY=1\nSTATUS=ä', 'STOPPING=1']);
    },
  );
}

onLinux('a datagram to nobody is an errno, and so is one that is too long', async (t) => {
  const receiver = await NotifySocket.open(t);
  t.is(sendDatagram(`${receiver.path}-not`, text('a')), -errno.ENOENT!);
  t.is(sendDatagram('@herald-nobody-has-this-name', text('a')), -errno.ECONNREFUSED!);
  for (const path of ['', '/'.padEnd(108, 'p'), '@'.padEnd(109, 'n')])
    t.is(sendDatagram(path, text('a')), -errno.EINVAL!, path);
  t.is(sendDatagram('/'.padEnd(107, 'p'), text('a')), -errno.ENOENT!);
  t.is(sendDatagram(receiver.path, new Uint8Array(4097)), -errno.EINVAL!);
  t.deepEqual(receiver.read(), []);
});

onLinux('a receiver whose queue is full holds nobody up: the datagram is refused', async (t) => {
  const receiver = await NotifySocket.open(t);
  const results = Array.from({ length: 100_000 }, () => 0);
  const full = results.findIndex(() => sendDatagram(receiver.path, text('a')) === -errno.EAGAIN!);
  t.true(full > 0);
  t.is(receiver.read().length, full);
});

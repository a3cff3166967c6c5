import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { Sockets, send } from './sockets.ts';
import { unixPair } from './unix-pair.ts';

const { POLL, waitFor } = await fromLinux(() => import('../../src/linux/poll.ts'));

leavesNothingOpen();

onLinux('bytes that wait, room to write, and the end of the peer end a wait', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = unixPair(t, sockets);
  t.is(waitFor(client, POLL.OUT, 10_000), 1);
  send(served, 'x');
  t.is(waitFor(client, POLL.IN, 10_000), 1);
  sockets.close(client);
  t.is(waitFor(served, POLL.IN, 10_000), 1);
});

onLinux('a wait for what does not come ends with 0', (t) => {
  const sockets = new Sockets(t);
  const { client } = unixPair(t, sockets);
  t.is(waitFor(client, POLL.IN, 0), 0);
  t.is(waitFor(client, POLL.IN, 5), 0);
});

onLinux('a descriptor that is not open does not block the thread', (t) => {
  // poll reports it as an event: POLLNVAL.
  t.is(waitFor(1_000_000, POLL.IN, 10_000), 1);
});

import type { ExecutionContext } from 'ava';
import { parseIp } from '../../../src/address/ip.ts';
import type { Ledger } from '../../../src/session/ledger.ts';
import { endpointAt } from '../../helpers/engine-harness.ts';
import { fromLinux, leavesNothingOpen, onLinux } from '../../linux/on-linux.ts';
import { Sockets } from '../../linux/sockets.ts';
import { unixPair } from '../../linux/unix-pair.ts';
import { ACKNOWLEDGED, hopHeader, named } from './hop-parts.ts';

const { dialResult } = await fromLinux(() => import('../../../src/engine/epoll/dial-result.ts'));
const { createReadBuffer } = await fromLinux(() => import('../../../src/engine/epoll/read-buffer.ts'));
const { Side } = await fromLinux(() => import('../../../src/engine/epoll/side.ts'));
const { EPOLL } = await fromLinux(() => import('../../../src/linux/epoll.ts'));
const { free } = await fromLinux(() => import('../../../src/linux/memory.ts'));
const { receive, transmit } = await fromLinux(() => import('../../../src/linux/socket.ts'));

leavesNothingOpen();

const CLIENT = { ip: parseIp('203.0.113.7')!, port: 51_234 };
const DESTINATION = { ip: parseIp('198.51.100.1')!, port: 443 };
const HEADER = hopHeader(
  named('10.1.0.5', 80),
  { address: '203.0.113.7', port: CLIENT.port },
  { address: '198.51.100.1', port: DESTINATION.port },
);

/** A dialed connection to a hop that the test plays, and that has room for nothing if `full`. */
function dialed(t: ExecutionContext, full: boolean) {
  const sockets = new Sockets(t);
  const { client, served } = unixPair(t, sockets);
  const buffer = createReadBuffer();
  t.teardown(() => free(buffer));
  let filled = 0;
  for (let sent = full ? 1 : 0; sent > 0; ) {
    sent = transmit(client, buffer.address, 1000);
    filled += Math.max(sent, 0);
  }
  const endpoint = { ...endpointAt(80, 0, '10.1.0.5'), hop: { ip: parseIp('10.0.0.2')!, port: 9466 } };
  const who = { source: CLIENT, destination: DESTINATION, local: false, header: 0, facts: null } as const;
  const ledger = { client: who, endpoint } as unknown as Ledger;
  const side = new Side('endpoint', client, { ledger, ready: () => {} }, true);
  /** What the hop has received by now. */
  const read = (): Buffer => {
    const parts: Buffer[] = [];
    for (let count = 1; count > 0; ) {
      count = receive(served, buffer.address, 60_000);
      parts.push(Buffer.from(buffer.bytes.subarray(0, Math.max(count, 0))));
    }
    return Buffer.concat(parts);
  };
  const say = (bytes: Uint8Array) => {
    buffer.bytes.set(bytes);
    transmit(served, buffer.address, bytes.length);
  };
  const tell = (events: number) => dialResult(side, events, ledger, buffer);
  return { side, filled, read, say, tell, hangUp: () => sockets.close(served) };
}

onLinux(
  'a header that finds no room goes out when there is, and its acknowledgement counts from then on',
  (t) => {
    const { side, filled, read, say, tell } = dialed(t, true);
    t.is(tell(EPOLL.OUT), null);
    t.is(side.backlog?.length, HEADER.length);
    t.is(tell(EPOLL.OUT), null);
    t.is(read().length, filled);
    t.is(tell(EPOLL.OUT), null);
    t.is(side.backlog, null);
    t.deepEqual(read(), Buffer.from(HEADER));
    t.is(tell(EPOLL.IN), null, 'nothing is said yet');
    say(ACKNOWLEDGED);
    t.is(tell(EPOLL.IN | EPOLL.OUT), 'reached');
  },
);

onLinux('an acknowledgement of a header that is not sent yet is none', (t) => {
  const { say, tell } = dialed(t, true);
  t.is(tell(EPOLL.OUT), null);
  say(ACKNOWLEDGED);
  t.is(tell(EPOLL.IN), 'hop_protocol');
});

onLinux('events before the connection stands mean nothing, and only one byte is read', (t) => {
  const { side, read, say, tell } = dialed(t, false);
  t.is(tell(EPOLL.IN), null);
  t.false(side.sentTo);
  t.is(tell(EPOLL.OUT), null);
  t.deepEqual(read(), Buffer.from(HEADER));
  say(Uint8Array.of(0x06, 0x06));
  t.is(tell(EPOLL.IN | EPOLL.RDHUP), 'reached');
});

onLinux('a hop that is gone before it gets the header has refused', (t) => {
  const { tell, hangUp } = dialed(t, false);
  hangUp();
  t.is(tell(EPOLL.OUT | EPOLL.IN | EPOLL.RDHUP), 'ECONNRESET');
});

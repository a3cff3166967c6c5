import type { KeeperSeat as Seat } from '../../src/transparent/keeper-seat.ts';
import { fromLinux, leavesNothingOpen, onLinux } from '../linux/on-linux.ts';

const { KeeperSeat } = await fromLinux(() => import('../../src/transparent/keeper-seat.ts'));
const { bindUnix, close, unixSocket } = await fromLinux(() => import('../../src/linux/socket.ts'));

leavesNothingOpen();

/** Names are of the whole machine, so tests use what no other one does. */
const WHAT = `test-${process.pid}`;

/** Whether the keeper that left took everything down. */
async function leave(seat: Seat) {
  let times = 0;
  const removed = await seat.leave(() => {
    times += 1;
  });
  return { removed, times };
}

onLinux('a keeper that is alone takes everything down', async (t) => {
  const seat = await KeeperSeat.take(`${WHAT}-alone`);
  t.deepEqual(await leave(seat), { removed: true, times: 1 });
});

onLinux('of two keepers the last one takes everything down, whichever came first', async (t) => {
  for (const order of [
    [0, 1],
    [1, 0],
  ] as const) {
    const seats = [await KeeperSeat.take(`${WHAT}-two`), await KeeperSeat.take(`${WHAT}-two`)];
    t.deepEqual(await leave(seats[order[0]]!), { removed: false, times: 0 });
    t.deepEqual(await leave(seats[order[1]]!), { removed: true, times: 1 });
  }
});

onLinux('of keepers that leave at once exactly one takes everything down', async (t) => {
  const seats = await Promise.all([1, 2, 3].map(() => KeeperSeat.take(`${WHAT}-at-once`)));
  const left = await Promise.all(seats.map(leave));
  t.is(left.filter(({ removed }) => removed).length, 1);
});

onLinux('a keeper of other routes is not another keeper', async (t) => {
  const other = await KeeperSeat.take(`${WHAT}-other`);
  const seat = await KeeperSeat.take(`${WHAT}-own`);
  t.deepEqual(await leave(seat), { removed: true, times: 1 });
  await leave(other);
});

onLinux('a keeper that comes while another one takes everything down waits for its end', async (t) => {
  const seat = await KeeperSeat.take(`${WHAT}-late`);
  const lock = unixSocket();
  t.is(bindUnix(lock, '\0herald-routes-lock'), 0);
  let isThere = false;
  const late = KeeperSeat.take(`${WHAT}-late`).then((taken) => {
    isThere = true;
    return taken;
  });
  await new Promise(setImmediate);
  t.false(isThere);
  close(lock);
  const next = await late;
  t.deepEqual(await leave(seat), { removed: false, times: 0 });
  t.deepEqual(await leave(next), { removed: true, times: 1 });
});

onLinux('there are no more than sixteen keepers of the same routes', async (t) => {
  const seats = [];
  for (let at = 0; at < 16; at++) seats.push(await KeeperSeat.take(`${WHAT}-many`));
  await t.throwsAsync(KeeperSeat.take(`${WHAT}-many`), {
    message: 'cannot be a keeper of these routes: there are 16 in this network namespace',
  });
  for (const seat of seats) await leave(seat);
});

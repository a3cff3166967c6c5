import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { bindTcp, listenOn, localAddress, tcpSocket } from '../../src/linux/socket.ts';
import { realClock } from '../../src/observe/clock.ts';
import type { HeldSocket } from '../../src/plan/held-socket.ts';
import { joinPredecessor } from '../../src/takeover/join-predecessor.ts';
import { TAKE_OVER_NAME, TAKE_OVER_VARIABLE } from '../../src/takeover/protocol.ts';
import { TakeOver } from '../../src/takeover/take-over.ts';
import { createMemoryLog } from '../observe/memory-log.ts';

// One process of a row: it takes its sockets over if it can, opens them otherwise, and on SIGUSR2 gives them to the next one. The
// arguments: the path of the standing socket, the folder of private ones, and how many sockets the first process opens.

const [path, temporaryFolder, count] = process.argv.slice(2);
const { pid, env } = process;
const reports = connect(env.TEST_REPORTS!);
await once(reports, 'connect');
const report = (fields: object) => reports.write(`${JSON.stringify({ pid, ...fields })}\n`);

function openSockets(howMany: number): readonly HeldSocket[] {
  const ip = new Uint8Array([127, 0, 0, 1]);
  return Array.from({ length: howMany }, (_, worker) => {
    const fd = tcpSocket(ip);
    bindTcp(fd, ip, 0);
    listenOn(fd, 8);
    return { name: 'web', address: { kind: 'tcp', ip, port: localAddress(fd)!.port }, worker, fd };
  });
}

const given = env[TAKE_OVER_VARIABLE];
const predecessor = given === undefined ? null : joinPredecessor(given);
const outcome = predecessor === null ? null : await predecessor.ready();
const sockets: readonly HeldSocket[] = predecessor?.sockets ?? openSockets(Number(count));
const isOwn = ({ name }: HeldSocket) => name === TAKE_OVER_NAME;
const log = createMemoryLog();
const takeOver = new TakeOver({
  ...{ path: path!, temporaryFolder: temporaryFolder!, env, log, clock: realClock },
  program: [process.execPath, ...process.argv.slice(1)],
  sockets: () => sockets.filter((socket) => !isOwn(socket)),
  handOver: async () => {},
  turn: (run) => run(),
  failed: (why) => report({ failed: why }),
});
await takeOver.open(sockets.find(isOwn));
process.on('SIGUSR2', async () => {
  const result = await takeOver.begin();
  if (result !== 'handed_over') return report({ result });
  await takeOver.stop();
  process.exit(0);
});
const kinds = readdirSync('/proc/self/fd').length;
report({
  ...{ outcome, sockets: sockets.length, descriptors: kinds },
  ...{
    ports: sockets.map(({ address }) => (address.kind === 'tcp' ? address.port : 0)),
    log: log.lines.length,
  },
});
reports.resume();
await once(reports, 'end');
await takeOver.stop();
process.exit(0);

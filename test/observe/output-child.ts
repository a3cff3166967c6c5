// A program whose standard output is not read. It reports over TCP to the port of its first argument.
import { connect } from 'node:net';
import { createLog } from '../../src/observe/log.ts';
import { flushOutput, prepareOutput } from '../../src/observe/output.ts';

const reports = connect(Number(process.argv[2]), '127.0.0.1');
prepareOutput(process.stdout);
const log = createLog({ level: 'info', format: 'json', stream: process.stdout, maxQueued: 100_000 });

process.on('SIGTERM', async () => {
  await flushOutput(process.stdout, 50);
  process.exit(7);
});

let written = 0;
// The maximum, not the last value: the kernel may make room at any moment, because the parent reads a first piece at some time.
let queued = 0;
/** Far more than a pipe, a terminal and the queue hold. More and more turns: each one shows that the loop turns. */
function writeMore(): void {
  for (let i = 0; i < 100; i++) log.info({ padding: 'x'.repeat(200), written: written++ }, 'line');
  queued = Math.max(queued, process.stdout.writableLength);
  if (written < 10_000) setImmediate(writeMore);
  else
    setImmediate(() => {
      reports.write(`${JSON.stringify({ pid: process.pid, written, dropped: log.dropped, queued })}\n`);
    });
}
writeMore();

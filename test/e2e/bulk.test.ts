import { once } from 'node:events';
import type { Socket } from 'node:net';
import test from 'ava';
import { Connection } from '../helpers/connection.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { residentBytes } from '../helpers/resident-bytes.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

const BYTES = 2 ** 30;
const BLOCK = Buffer.allocUnsafe(4 << 20);
for (let at = 0; at < BLOCK.length; at += 4) BLOCK.writeUInt32LE((at * 2654435761) >>> 0, at);

async function send(socket: Socket): Promise<void> {
  for (let sent = 0; sent < BYTES; sent += BLOCK.length) {
    if (!socket.write(BLOCK)) await once(socket, 'drain');
  }
  socket.end();
}

/** Compares what comes with what is sent, byte by byte, without keeping it. */
async function compare(socket: Socket, skip: number): Promise<number> {
  let count = -skip;
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    const bytes = count < 0 ? chunk.subarray(-count) : chunk;
    let at = Math.max(count, 0) % BLOCK.length;
    count += chunk.length;
    for (let from = 0; from < bytes.length; at = 0) {
      const length = Math.min(bytes.length - from, BLOCK.length - at);
      if (bytes.compare(BLOCK, at, at + length, from, from + length) !== 0) {
        socket.destroy(new Error(`other bytes at ${count}`));
        return;
      }
      from += length;
    }
  });
  await once(socket, 'end');
  return count;
}

test('1 GB goes through in both directions at once, byte for byte, while memory stays flat', async (t) => {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const herald = await Program.start(
    t,
    `edge --listen 127.0.0.1:0 --to 127.0.0.1:${endpoint.port} ${NO_OPS}`,
  );
  const client = await Connection.to({ host: '127.0.0.1', port: herald.port() });
  const served = await endpoint.accept();
  await served.read(28);

  const resident: number[] = [];
  const watch = setInterval(() => {
    const bytes = residentBytes(herald.child.pid!);
    if (bytes !== undefined) resident.push(bytes);
  }, 50);
  t.teardown(() => clearInterval(watch));
  const before = residentBytes(herald.child.pid!);
  const counts = Promise.all([compare(client.socket, 0), compare(served.socket, 0)]);
  await Promise.all([send(client.socket), send(served.socket)]);
  t.deepEqual(await counts, [BYTES, BYTES]);
  clearInterval(watch);
  if (before !== undefined) {
    const most = (Math.max(...resident) - before) / 2 ** 20;
    t.log(`at most ${most.toFixed(0)} MiB more than at rest`);
    t.true(most < 96, `${most} MiB more than at rest`);
  }
});

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const REQUEST =
  'GET /path HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: bench\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n\r\n';
const END = 'x'.repeat(64);

/** Sends `requests` requests over kept connections, one at a time on each. Rejects at a wrong answer. */
export async function askOverKept(port: number, connections: number, requests: number): Promise<void> {
  let left = requests;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      while (left-- > 0) await ask(socket);
      socket.destroy();
    }),
  );
}

async function ask(socket: Socket): Promise<void> {
  socket.write(REQUEST);
  let answer = '';
  // The answer may come in one piece or two, with a length or in chunks.
  while (!answer.endsWith(END) && !answer.endsWith(`${END}\r\n0\r\n\r\n`)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    answer += chunk.toString('latin1');
  }
  if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(answer);
}

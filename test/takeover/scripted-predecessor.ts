import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import { createConditions } from '../helpers/conditions.ts';
import { fromLinux } from '../linux/on-linux.ts';

const { sendDescriptors } = await fromLinux(() => import('../../src/linux/pass-descriptors.ts'));

/** The old process's end of a connection, as a test scripts it. */
export interface ScriptedLink {
  readonly socket: Socket;
  /** The next line of the successor; null if it has closed. */
  line(): Promise<string | null>;
  say(text: string | Uint8Array): Promise<void>;
  /** The manifest of these listeners, or just these bytes. */
  sayManifest(value: unknown): Promise<void>;
  sayWith(line: string, fds: readonly number[]): void;
}

/** Serves one successor at the path by the script, and closes when the script is done. */
export async function scriptPredecessor(
  t: ExecutionContext,
  path: string,
  script: (link: ScriptedLink) => Promise<void>,
): Promise<void> {
  const server = createServer(async (socket) => {
    socket.on('error', () => {});
    let text = '';
    const conditions = createConditions();
    socket.on('close', conditions.touch);
    socket.on('data', (bytes) => {
      text += bytes;
      conditions.touch();
    });
    const fd = Number(Reflect.get(Object(Reflect.get(socket, '_handle')), 'fd'));
    const say = (text: string | Uint8Array) =>
      new Promise<void>((resolve) => socket.write(text, () => resolve()));
    await script({
      ...{ socket, say },
      async line() {
        await conditions.until(() => text.includes('\n') || socket.closed);
        const end = text.indexOf('\n');
        if (end < 0) return null;
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        return line;
      },
      async sayManifest(value) {
        const bytes = value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value));
        await say(Buffer.concat([Buffer.from(`manifest ${bytes.length}\n`), bytes]));
      },
      sayWith(line, fds) {
        if (sendDescriptors(fd, Buffer.from(`${line}\n`), fds) < 0) throw new Error('sendDescriptors');
      },
    });
    socket.destroy();
  }).listen(path);
  await once(server, 'listening');
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
}

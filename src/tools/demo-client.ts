import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { formatHeader } from '../wire/format-header.ts';
import type { EchoAddress, EchoAnswer } from './echo-answer.ts';

/** One request: where it really came from, and what the endpoint said of that. */
export interface Sighting {
  readonly came: EchoAddress;
  readonly answer: EchoAnswer;
}

/** A client of the demo, with an address of its own. */
export interface DemoClient {
  readonly address: string;
  /** Asks what listens on that port of 127.0.0.1. Rejects where no answer comes in time. */
  ask(port: number): Promise<Sighting>;
}

/** Whether clients have addresses of their own, or come from 127.0.0.1 and play them by headers. */
export type SourceKind = 'bound' | 'played';

const TIMEOUT_MS = 5000;
const HOST = '127.0.0.1';

/** Linux has every address of 127/8; macOS has 127.0.0.1 alone until somebody adds more. */
export async function findSourceKind(): Promise<SourceKind> {
  const server = createServer().listen(0, '127.0.0.2');
  try {
    await once(server, 'listening');
  } catch {
    return 'played';
  }
  server.close();
  await once(server, 'close');
  return 'bound';
}

/** `count` clients: 127.0.0.2, 127.0.0.3, …, or as many of 203.0.113.0/24, which is for documentation. */
export function createDemoClients(kind: SourceKind, count: number): DemoClient[] {
  return Array.from({ length: count }, (_, i) =>
    kind === 'bound' ? bound(`127.0.0.${i + 2}`) : played(`203.0.113.${i + 2}`),
  );
}

function bound(address: string): DemoClient {
  return {
    address,
    ask: async (port) => {
      const socket = connect({ host: HOST, port, localAddress: address });
      // The kernel's word, read while there is a connection.
      const came = once(socket, 'connect').then(() => ({
        address: socket.localAddress ?? '',
        port: socket.localPort ?? 0,
      }));
      const [answer, from] = await Promise.all([get(socket), came]);
      return { answer, came: from };
    },
  };
}

/** Its port is chosen here, for no kernel did. */
function played(address: string): DemoClient {
  let next = 50_000;
  return {
    address,
    ask: async (port) => {
      const came = { address, port: next++ };
      const socket = connect({ host: HOST, port });
      socket.write(formatHeader({ version: 2, source: came, destination: { address: HOST, port } }));
      return { came, answer: await get(socket) };
    },
  };
}

function get(socket: Socket): Promise<EchoAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { createConnection: () => socket, headers: { host: HOST, connection: 'close' } },
      async (response) => {
        try {
          let body = '';
          for await (const chunk of response) body += chunk;
          resolve(JSON.parse(body));
        } catch (error) {
          reject(error);
        }
      },
    );
    asked.setTimeout(TIMEOUT_MS, () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    asked.on('error', reject);
    asked.end();
  });
}

import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { formatHeader } from '../wire/format-header.ts';
import type { EchoAddress, EchoAnswer } from './echo-answer.ts';

/** One request: where it really came from, and what the endpoint saw. */
export interface Sighting {
  readonly came: EchoAddress;
  readonly answer: EchoAnswer;
}

/** A client of the demo, with an address of its own. */
export interface DemoClient {
  readonly address: string;
  /** Sends a request to a port of 127.0.0.1. Rejects if no answer comes within 5 s. */
  ask(port: number): Promise<Sighting>;
}

/** Whether clients bind addresses of their own, or connect from 127.0.0.1 and play addresses by PROXY headers. */
export type ClientKind = 'bound' | 'played';

const TIMEOUT_MS = 5000;
const HOST = '127.0.0.1';

/** Linux has every address of 127/8; macOS only 127.0.0.1, unless others were added. */
export async function findClientKind(): Promise<ClientKind> {
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

/** `count` clients: 127.0.0.2, 127.0.0.3, …, or played ones of 203.0.113.0/24, a documentation range. */
export function createDemoClients(kind: ClientKind, count: number): DemoClient[] {
  return Array.from({ length: count }, (_, i) =>
    kind === 'bound' ? bound(`127.0.0.${i + 2}`) : played(`203.0.113.${i + 2}`),
  );
}

function bound(address: string): DemoClient {
  return {
    address,
    ask: async (port) => {
      const socket = connect({ host: HOST, port, localAddress: address });
      // Read while the socket is connected; afterwards it has no local address.
      const came = once(socket, 'connect').then(() => ({
        address: socket.localAddress ?? '',
        port: socket.localPort ?? 0,
      }));
      const [answer, from] = await Promise.all([get(socket), came]);
      return { answer, came: from };
    },
  };
}

/** The port is counted up here, because no socket is bound to the played address. */
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

import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import type { KubernetesAccess } from '../../../src/discovery/kubernetes/access.ts';
import {
  createKubernetesClient,
  type KubernetesClient,
} from '../../../src/discovery/kubernetes/api-client.ts';
import { createConditions } from '../../helpers/conditions.ts';
import {
  createServer,
  type Response,
  type ScriptedAnswer,
  type Speech,
  sendScripted,
} from '../../helpers/scripted-kubernetes-wire.ts';
import { type TurnedClock, turnedClock } from '../../helpers/turned-clock.ts';
import { memoryFiles, trustingAccess } from './watch-parts.ts';

/** A request, as the API received it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly type: string | null;
  readonly token: string | null;
  readonly body: string;
}

export interface WritingApiParts {
  /** The answers to the first requests; a later one gets `{}`. */
  readonly answers?: readonly ScriptedAnswer[];
  readonly access?: Partial<KubernetesAccess>;
  readonly files?: { [path: string]: string | undefined };
}

export interface StartedWritingApi {
  readonly client: KubernetesClient;
  readonly clock: TurnedClock;
  readonly received: readonly Received[];
  readonly abort: AbortController;
  readonly signal: AbortSignal;
  close(): Promise<void>;
  connections(): number;
  /** Resets every connection. */
  drop(): void;
  /** Resolves once so many requests have been received in total. */
  receives(times: number): Promise<void>;
}

/** A client of an API that records what it is asked and answers as scripted; everything is closed when the test ends. */
export async function startWritingApi(
  t: ExecutionContext,
  over: Speech,
  { answers = [], access = {}, files = {} }: WritingApiParts = {},
): Promise<StartedWritingApi> {
  const clock = turnedClock();
  const conditions = createConditions();
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(over, 100, (message, response) => void answer(message, response));
  let isOpen = true;

  async function answer(message: IncomingMessage | Http2ServerRequest, response: Response): Promise<void> {
    const { method = '', url: path = '', headers } = message;
    let body = '';
    for await (const chunk of message.setEncoding('utf8')) body += chunk;
    const token = headers.authorization?.replace(/^Bearer /, '') ?? null;
    received.push({ method, path, type: headers['content-type'] ?? null, token, body });
    sendScripted(response, answers[received.length - 1] ?? {});
    conditions.touch();
  }

  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  const close = () =>
    new Promise<void>((resolve) => {
      isOpen = false;
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(`${over === 'http' ? 'http' : 'https'}://127.0.0.1:${port}`);
  const client = createKubernetesClient(trustingAccess(url, access), {
    ...{ clock, random: () => 0, files: memoryFiles(files) },
  });
  const abort = new AbortController();
  t.teardown(async () => {
    abort.abort();
    client.stop();
    if (isOpen) await close();
  });
  return {
    ...{ client, clock, received, abort, close },
    signal: abort.signal,
    connections: () => sockets.size,
    drop() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    receives: (times: number) => conditions.until(() => received.length >= times),
  };
}

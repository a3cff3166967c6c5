import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createConditions } from './conditions.ts';
import { type ApiObject, NAMESPACE } from './kubernetes-objects.ts';
import { type ApiRequest, keyOf, matcherOf, readRequest } from './scripted-kubernetes-request.ts';
import {
  createServer,
  type Response,
  reset,
  type ScriptedAnswer,
  type Speech,
  sendScripted,
  sendStatus,
  sendTooLarge,
  statusOf,
  writeTo,
} from './scripted-kubernetes-wire.ts';

export interface ScriptedKubernetes {
  readonly url: URL;
  /** All requests received, oldest first. */
  readonly requests: readonly ApiRequest[];
  /** Tokens that are accepted; null: no token is required. */
  tokens: ReadonlySet<string> | null;
  /** Kinds that must not be read (403). */
  readonly forbidden: Set<string>;
  /** Kinds that may be read by name only, as with a Role with `resourceNames`. */
  readonly onlyByName: Set<string>;
  /** How a watch reports an expired version: status 410, or 200 with an ERROR event (W4). */
  expiredAs: 'status' | 'event';
  /** Creates or changes an object and notifies every watch. Returns its version. */
  put(object: ApiObject): string;
  remove(kind: string, name: string, namespace?: string): void;
  /** Drops the history before now: watches from older versions have expired. */
  forget(): void;
  /** Restores the storage from a backup: the same objects, with smaller versions than those seen before. */
  restore(): void;
  /** Sends this scripted response to the next request of this verb and kind. */
  answerNext(verb: ApiRequest['verb'], kind: string, answer: ScriptedAnswer): void;
  /** Sends a bookmark to each watch (W3). */
  bookmark(): void;
  /** Writes raw bytes to each watch of a kind. */
  write(kind: string, bytes: string | Uint8Array): void;
  /** Ends each watch regularly, as at its time-out (W2). */
  endWatches(): void;
  /** Resets each watch: its connection, or its HTTP/2 stream. */
  breakWatches(): void;
  /** Resets every connection. */
  dropConnections(): void;
  /** Sends GOAWAY on each HTTP/2 connection. */
  goAway(): void;
  openWatches(kind: string): number;
  connections(): number;
  /** The largest number of connections open at the same time. */
  mostConnections(): number;
  /** Resolves once this many watches of a kind have been requested in total. */
  watched(kind: string, times: number): Promise<void>;
  listed(kind: string, times: number): Promise<void>;
  /** Resolves once no watch of a kind is open. */
  unwatched(kind: string): Promise<void>;
  /** Resolves once exactly this many watches of a kind are open. */
  opened(kind: string, watches: number): Promise<void>;
  /** Resolves once no connection is open. */
  disconnected(): Promise<void>;
  /** Closes the listener and all connections, until `open`. */
  close(): Promise<void>;
  open(): Promise<void>;
}

interface Change {
  readonly version: number;
  readonly type: string;
  readonly object: ApiObject;
}

/** A real server compresses lists of 128 kB or more; a small limit shows it in small tests. */
const GZIP_FROM = 1024;

/** An API server with two resources that lists and watches like a real one, and fails on request. */
export async function scriptedKubernetes({
  over = 'http' as Speech,
  maxStreams = 250,
} = {}): Promise<ScriptedKubernetes> {
  const objects = new Map<string, ApiObject>();
  const changes: Change[] = [];
  const watches = new Map<Response, ApiRequest>();
  const scripted: { verb: string; kind: string; answer: ScriptedAnswer }[] = [];
  const requests: ApiRequest[] = [];
  const sockets = new Set<Socket>();
  const conditions = createConditions();
  const sessions = new Set<ServerHttp2Session>();
  let version = 1000;
  let forgotten = 0;
  let most = 0;
  const server = createServer(over, maxStreams, handle);
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.on('close', () => sessions.delete(session));
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    most = Math.max(most, sockets.size);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      conditions.touch();
    });
  });
  let port = 0;

  const count = (verb: string, kind: string) =>
    requests.filter((each) => each.verb === verb && each.kind === kind).length;

  function handle(message: IncomingMessage | Http2ServerRequest, response: Response): void {
    const request = readRequest(message);
    requests.push(request);
    answer(request, response);
    conditions.touch();
  }

  function answer(request: ApiRequest, response: Response) {
    const at = scripted.findIndex(({ verb, kind }) => verb === request.verb && kind === request.kind);
    if (at >= 0) return sendScripted(response, scripted.splice(at, 1)[0]!.answer);
    if (api.tokens !== null && !api.tokens.has(request.token ?? ''))
      return sendStatus(response, 401, 'Unauthorized');
    const isNamed = request.query.has('fieldSelector');
    if (api.forbidden.has(request.kind) || (api.onlyByName.has(request.kind) && !isNamed))
      return sendStatus(response, 403, 'Forbidden');
    return request.verb === 'list' ? sendList(request, response) : startWatch(request, response);
  }

  function sendList(request: ApiRequest, response: Response) {
    const asked = Number(request.query.get('resourceVersion') ?? '');
    if (asked > version) return sendTooLarge(response);
    const items = [...objects.values()].filter(matcherOf(request));
    const list = { kind: `${request.kind}List`, metadata: { resourceVersion: `${version}` }, items };
    const body = Buffer.from(JSON.stringify(list));
    const isPacked = request.encoding.includes('gzip') && body.length > GZIP_FROM;
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(isPacked ? gzipSync(body) : body);
  }

  function startWatch(request: ApiRequest, response: Response) {
    const from = Number(request.query.get('resourceVersion'));
    if (from < forgotten && api.expiredAs === 'status') return sendStatus(response, 410, 'Expired');
    response.writeHead(200, { 'content-type': 'application/json' });
    (response as ServerResponse).flushHeaders();
    response.on('error', () => {});
    if (from < forgotten) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: statusOf(410, 'Expired') })}\n`);
      return;
    }
    watches.set(response, request);
    response.on('close', () => {
      watches.delete(response);
      conditions.touch();
    });
    for (const change of changes) if (change.version > from) sendChange(response, request, change);
    conditions.touch();
  }

  function sendChange(response: Response, request: ApiRequest, { type, object }: Change): void {
    if (matcherOf(request)(object)) writeTo(response, `${JSON.stringify({ type, object })}\n`);
  }

  function change(type: string, object: ApiObject): string {
    version++;
    const metadata = { ...object.metadata, resourceVersion: `${version}` };
    const stored = { ...object, metadata };
    const key = keyOf(object);
    if (type === 'DELETED') objects.delete(key);
    else objects.set(key, stored);
    const made = { version, type, object: stored };
    changes.push(made);
    for (const [response, request] of watches) sendChange(response, request, made);
    return metadata.resourceVersion;
  }

  const api: ScriptedKubernetes = {
    url: new URL('http://127.0.0.1'),
    requests,
    tokens: null,
    forbidden: new Set(),
    onlyByName: new Set(),
    expiredAs: 'status',
    put: (object) => change(objects.has(keyOf(object)) ? 'MODIFIED' : 'ADDED', object),
    remove(kind, name, namespace = NAMESPACE) {
      change('DELETED', objects.get(`${kind}/${namespace}/${name}`)!);
    },
    forget() {
      forgotten = ++version;
    },
    restore() {
      version = 500;
      forgotten = 0;
      changes.length = 0;
    },
    answerNext(verb, kind, answer) {
      scripted.push({ verb, kind, answer });
    },
    bookmark() {
      for (const [response, { kind }] of watches) {
        const metadata = { resourceVersion: `${version}` };
        // E7: as a real server writes it.
        const object = { kind, metadata, addressType: '', endpoints: null, ports: null };
        writeTo(response, `${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
      }
    },
    write(kind, bytes) {
      for (const [response, request] of watches) if (request.kind === kind) writeTo(response, bytes);
    },
    endWatches() {
      for (const response of watches.keys()) response.end();
    },
    breakWatches() {
      for (const response of watches.keys()) reset(response);
    },
    dropConnections() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    goAway() {
      for (const session of sessions) session.goaway(constants.NGHTTP2_NO_ERROR);
    },
    openWatches: (kind) => [...watches.values()].filter((each) => each.kind === kind).length,
    connections: () => sockets.size,
    mostConnections: () => most,
    watched: (kind, times) => conditions.until(() => count('watch', kind) >= times),
    listed: (kind, times) => conditions.until(() => count('list', kind) >= times),
    unwatched: (kind) => conditions.until(() => api.openWatches(kind) === 0),
    opened: (kind, count) => conditions.until(() => api.openWatches(kind) === count),
    disconnected: () => conditions.until(() => sockets.size === 0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    open: () =>
      new Promise((resolve) => {
        server.listen(port, '127.0.0.1', () => {
          port = (server.address() as AddressInfo).port;
          resolve();
        });
      }),
  };
  await api.open();
  return Object.assign(api, { url: new URL(`${over === 'http' ? 'http' : 'https'}://127.0.0.1:${port}`) });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createConditions } from './conditions.ts';
import { type ApiObject, NAMESPACE } from './kubernetes-objects.ts';
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

/** One request, as the API saw it. */
export interface ApiRequest {
  readonly verb: 'list' | 'watch';
  readonly kind: ApiObject['kind'];
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | null;
  readonly encoding: string;
}

export interface ScriptedKubernetes {
  readonly url: URL;
  /** All that came, oldest first. */
  readonly requests: readonly ApiRequest[];
  /** Tokens that are taken; null: any, or none. */
  tokens: ReadonlySet<string> | null;
  /** Kinds that nobody may read. */
  readonly forbidden: Set<string>;
  /** Kinds that may be read by their name alone, as a Role with `resourceNames` has it. */
  readonly onlyByName: Set<string>;
  /** How a version that is no longer known is told at a watch: 410 as a status, or 200 and an event (W4). */
  expiredAs: 'status' | 'event';
  /** Creates or changes an object, and tells every watch. Returns its version. */
  put(object: ApiObject): string;
  remove(kind: string, name: string, namespace?: string): void;
  /** Lets a kind forget what happened before now: watches from older versions have expired. */
  forget(): void;
  /** The store is one from a backup: the same objects, and versions that are smaller than what anybody has seen. */
  restore(): void;
  /** Answers the next request of this verb and kind so, instead of truly. */
  answerNext(verb: ApiRequest['verb'], kind: string, answer: ScriptedAnswer): void;
  /** Sends a bookmark to each watch (W3). */
  bookmark(): void;
  /** Writes bytes into each watch of a kind, as they are. */
  write(kind: string, bytes: string | Uint8Array): void;
  /** Ends each watch cleanly, as at its timeout (W2). */
  endWatches(): void;
  /** Breaks each watch off: its connection, or its stream of HTTP/2. */
  breakWatches(): void;
  /** Resets every connection. */
  dropConnections(): void;
  /** Says on each connection of HTTP/2 that no new requests are taken. */
  goAway(): void;
  openWatches(kind: string): number;
  connections(): number;
  /** The most that were open at one time. */
  mostConnections(): number;
  /** Resolves once so many watches of a kind have been asked for in all. */
  watched(kind: string, times: number): Promise<void>;
  listed(kind: string, times: number): Promise<void>;
  /** Resolves once no watch of a kind is open. */
  unwatched(kind: string): Promise<void>;
  /** Resolves once so many are open. */
  opened(kind: string, watches: number): Promise<void>;
  /** Resolves once nobody is connected. */
  disconnected(): Promise<void>;
  /** Takes no connections, until it is opened again. */
  close(): Promise<void>;
  open(): Promise<void>;
}

interface Change {
  readonly version: number;
  readonly type: string;
  readonly object: ApiObject;
}

const KINDS: { readonly [resource: string]: string } = {
  endpointslices: 'EndpointSlice',
  services: 'Service',
};
/** The real one packs lists from 128 kB on; a small bound shows it in small tests. */
const GZIP_FROM = 1024;

/** An API server of two resources that lists and watches as the real one does, with its bad days. */
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
    const items = [...objects.values()].filter(isMeant(request));
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
    if (isMeant(request)(object)) writeTo(response, `${JSON.stringify({ type, object })}\n`);
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
        // E7: as the real one writes it.
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

function keyOf({ kind, metadata }: ApiObject): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

function readRequest({ url = '', headers }: IncomingMessage | Http2ServerRequest): ApiRequest {
  const { pathname, searchParams } = new URL(url, 'http://api');
  return {
    verb: searchParams.get('watch') === '1' ? 'watch' : 'list',
    kind: KINDS[pathname.slice(pathname.lastIndexOf('/') + 1)] ?? '',
    path: pathname,
    query: searchParams,
    token: headers.authorization?.replace(/^Bearer /, '') ?? null,
    encoding: `${headers['accept-encoding'] ?? ''}`,
  };
}

/** Namespace and selector, as far as they are used here. */
function isMeant({ kind, path, query }: ApiRequest): (object: ApiObject) => boolean {
  const selector = query.get('labelSelector') ?? '';
  const [label = '', values = ''] = selector.split(/=| in /);
  const wanted = values.replace(/[()]/g, '').split(',');
  const field = query.get('fieldSelector')?.replace('metadata.name=', '');
  const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
  return ({ kind: of, metadata }) =>
    of === kind &&
    metadata.namespace === namespace &&
    (field === undefined || metadata.name === field) &&
    (selector === '' || wanted.includes(metadata.labels?.[label] ?? ''));
}

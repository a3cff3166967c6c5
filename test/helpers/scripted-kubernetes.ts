import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { createConditions } from './conditions.ts';
import { type ApiObject, NAMESPACE } from './kubernetes-objects.ts';
import { kindOf, ServedKinds } from './scripted-kubernetes-kinds.ts';
import {
  type ApiRequest,
  type ApiVerb,
  keyOf,
  matcherOf,
  readRequest,
} from './scripted-kubernetes-request.ts';
import type { Rights } from './scripted-kubernetes-rights.ts';
import { ApiServer } from './scripted-kubernetes-server.ts';
import { ObjectStore } from './scripted-kubernetes-store.ts';
import { inVersion, Watches } from './scripted-kubernetes-watches.ts';
import {
  type Response,
  type ScriptedAnswer,
  type Speech,
  sendJson,
  sendNoResource,
  sendScripted,
  sendStatus,
  sendTooLarge,
  statusOf,
} from './scripted-kubernetes-wire.ts';
import { answerWrite, keyOfRequest, notFound } from './scripted-kubernetes-writes.ts';

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
  /** Of whom requests are expected: every one is judged, and refused with 403 if no Role grants it. */
  rights: Rights | null;
  /** Older servers drop `ipMode` of a status. */
  dropsIpMode: boolean;
  /** Takes statuses and Events that break the schema; `put` takes everything. */
  isLenient: boolean;
  /**
   * Another controller: sees each object of a kind whose status a request has written, and returns the status that it
   * wants there instead; null: it agrees.
   */
  readonly rivals: Map<string, (object: ApiObject) => unknown>;
  /** Creates or changes an object and notifies every watch. Without a status it keeps the one that it had. Returns its version. */
  put(object: ApiObject): string;
  remove(kind: string, name: string, namespace?: string): void;
  get(kind: string, name: string, namespace?: string): ApiObject | undefined;
  all(kind: string): readonly ApiObject[];
  /** Of a custom kind, these versions are served from now on; none: its definition goes, with all its objects. */
  serve(kind: string, ...versions: readonly string[]): void;
  /** How many changes of objects there have been. */
  readonly changes: number;
  /** Calls back after each change of an object. */
  watchChanges(changed: () => void): void;
  /** Looks again whether what somebody waits for is true. */
  touch(): void;
  /** Resolves once this is true; looked at after each request and each change. */
  until(isTrue: () => boolean): Promise<void>;
  /** Drops the history before now: watches from older versions have expired. */
  forget(): void;
  /** Restores the storage from a backup: the same objects, with smaller versions than those seen before. */
  restore(): void;
  /** Sends this scripted response to the next request of this verb and kind. */
  answerNext(verb: ApiVerb, kind: string, answer: ScriptedAnswer): void;
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

/** A real server compresses lists of 128 kB or more; a small limit shows it in small tests. */
const GZIP_FROM = 1024;

/** An API server that reads, watches and writes like a real one, and fails on request. */
export async function scriptedKubernetes({
  over = 'http' as Speech,
  maxStreams = 250,
  host = '127.0.0.1',
} = {}): Promise<ScriptedKubernetes> {
  const scripted: { verb: ApiVerb; kind: string; answer: ScriptedAnswer }[] = [];
  const requests: ApiRequest[] = [];
  const conditions = createConditions();
  const served = new ServedKinds();
  const watches = new Watches(conditions.touch);
  const changeListeners: (() => void)[] = [];
  let changes = 0;
  const store = new ObjectStore((change) => {
    changes++;
    for (const changed of changeListeners) changed();
    watches.tell(change);
    conditions.touch();
  });
  const server = new ApiServer({ over, maxStreams, host }, handle, conditions.touch);

  const count = (verb: ApiVerb, kind: string) =>
    requests.filter((each) => each.verb === verb && each.kind === kind).length;

  function handle(message: IncomingMessage | Http2ServerRequest, response: Response): void {
    const request = readRequest(message, served);
    requests.push(request);
    answer(request, message, response);
    conditions.touch();
  }

  function answer(request: ApiRequest, message: IncomingMessage | Http2ServerRequest, response: Response) {
    const at = scripted.findIndex(({ verb, kind }) => verb === request.verb && kind === request.kind);
    if (at >= 0) return sendScripted(response, scripted.splice(at, 1)[0]!.answer);
    if (api.tokens !== null && !api.tokens.has(request.token ?? ''))
      return sendStatus(response, 401, 'Unauthorized');
    if (
      api.forbidden.has(request.kind) ||
      (api.onlyByName.has(request.kind) && request.name === '') ||
      api.rights?.allows(request) === false
    )
      return sendStatus(response, 403, 'Forbidden');
    if (request.type === null) return sendNoResource(response);
    if (request.verb === 'list') return sendList(request, response);
    if (request.verb === 'watch') return startWatch(request, response);
    if (request.verb === 'get') return sendObject(request, response);
    text(message).then(
      (body) => write(request, body, response),
      () => {},
    );
  }

  function sendList(request: ApiRequest, response: Response) {
    const asked = Number(request.query.get('resourceVersion') ?? '');
    if (asked > store.version) return sendTooLarge(response);
    const items = store
      .all()
      .filter(matcherOf(request))
      .map((object) => inVersion(object, request));
    const list = { kind: `${request.kind}List`, metadata: { resourceVersion: `${store.version}` }, items };
    const body = Buffer.from(JSON.stringify(list));
    const isPacked = request.encoding.includes('gzip') && body.length > GZIP_FROM;
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(isPacked ? gzipSync(body) : body);
  }

  function sendObject(request: ApiRequest, response: Response) {
    const object = store.get(keyOfRequest(request));
    if (object !== undefined) return sendJson(response, 200, inVersion(object, request));
    const { status, body } = notFound(request);
    sendJson(response, status, body);
  }

  function write(request: ApiRequest, body: string, response: Response): void {
    const { dropsIpMode, isLenient } = api;
    const written = answerWrite(request, body, store, { dropsIpMode, isLenient });
    sendJson(response, written.status, written.body);
    const rival = api.rivals.get(request.kind);
    if (rival !== undefined && written.status < 300 && request.subresource === 'status') {
      const object = written.body as ApiObject;
      const status = rival(object);
      if (status !== null) store.put({ ...object, status });
    }
    conditions.touch();
  }

  function startWatch(request: ApiRequest, response: Response) {
    const from = Number(request.query.get('resourceVersion'));
    if (from < store.forgotten && api.expiredAs === 'status') return sendStatus(response, 410, 'Expired');
    if (from < store.forgotten) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify({ type: 'ERROR', object: statusOf(410, 'Expired') })}\n`);
      return;
    }
    watches.add(response, request, store.since(from));
    conditions.touch();
  }

  const all = (kind: string) => store.all().filter((object) => object.kind === kind);
  const keyFor = (kind: string, name: string, namespace: string) =>
    keyOf({ kind, metadata: kindOf(kind).isNamespaced ? { name, namespace } : { name } });

  const api: ScriptedKubernetes = {
    url: new URL('http://127.0.0.1'),
    requests,
    tokens: null,
    forbidden: new Set(),
    onlyByName: new Set(),
    expiredAs: 'status',
    rights: null,
    dropsIpMode: false,
    isLenient: false,
    rivals: new Map(),
    put: (object) => store.put(object).metadata.resourceVersion!,
    remove: (kind, name, namespace = NAMESPACE) => void store.remove(keyFor(kind, name, namespace)),
    get: (kind, name, namespace = NAMESPACE) => store.get(keyFor(kind, name, namespace)),
    all,
    serve(kind, ...versions) {
      served.serve(kind, versions);
      if (versions.length > 0) return;
      for (const object of all(kind)) store.remove(keyOf(object));
      watches.end(kind);
    },
    get changes() {
      return changes;
    },
    watchChanges: (changed) => void changeListeners.push(changed),
    touch: conditions.touch,
    until: conditions.until,
    forget: () => store.forget(),
    restore: () => store.restore(),
    answerNext: (verb, kind, answer) => void scripted.push({ verb, kind, answer }),
    bookmark: () => watches.bookmark(store.version),
    write: (kind, bytes) => watches.write(kind, bytes),
    endWatches: () => watches.end(),
    breakWatches: () => watches.break(),
    dropConnections: () => server.dropConnections(),
    goAway: () => server.goAway(),
    openWatches: (kind) => watches.count(kind),
    connections: () => server.sockets.size,
    mostConnections: () => server.most,
    watched: (kind, times) => conditions.until(() => count('watch', kind) >= times),
    listed: (kind, times) => conditions.until(() => count('list', kind) >= times),
    unwatched: (kind) => conditions.until(() => api.openWatches(kind) === 0),
    opened: (kind, count) => conditions.until(() => api.openWatches(kind) === count),
    disconnected: () => conditions.until(() => server.sockets.size === 0),
    close: () => server.close(),
    open: async () => void (await server.open()),
  };
  const port = await server.open();
  return Object.assign(api, { url: new URL(`${over === 'http' ? 'http' : 'https'}://${host}:${port}`) });
}

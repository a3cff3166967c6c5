import { type DiscoveryClock, realClock } from '../discovery-clock.ts';
import { type Files, realFiles } from '../files.ts';
import { quoteText } from '../quote-text.ts';
import type { KubernetesAccess } from './access.ts';
import { createToken } from './credentials.ts';
import { type ApiFailure, failure, failureOfAnswer } from './failure.ts';
import { parseJson } from './json.ts';
import { parseList } from './list-items.ts';
import { createConcurrencyLimit } from './transport/concurrency-limit.ts';
import type { RequestKind, RequestMessage } from './transport/connection.ts';
import { type ApiExchange, createConnections } from './transport/connections.ts';
import { readBody } from './transport/read-body.ts';
import { readLines } from './transport/read-lines.ts';

/** The result of a list, or of a request for one object: null if the answer has no body. */
export type ObjectReply = { readonly object: unknown } | ApiFailure;

export interface WatchListener {
  /** The server has accepted the watch. */
  opened(): void;
  /** One line was received; returning false ends the watch. */
  line(text: string): boolean;
}

/** A request that changes one object. `path` includes the query. */
export interface ApiWrite {
  /** `patch` is a merge patch; `apply` is a server-side apply, whose path names `fieldManager`. */
  readonly verb: 'create' | 'update' | 'patch' | 'apply' | 'delete';
  readonly path: string;
  readonly body?: unknown;
}

/** Requests to one API server. All watches with the same access share one client and its connections. */
export interface KubernetesClient {
  /** `https://10.96.0.1:443`, for a log. */
  readonly server: string;
  /** How often the server could not be reached so far. If the number has changed, another server may answer now. */
  readonly outages: number;
  /**
   * GETs a list; `path` includes the query. Never rejects; an aborted request fails with `stopped`. With `onItem` the items
   * are passed on one by one, even if the list then turns out to be invalid, and the object has none.
   */
  list(path: string, signal: AbortSignal, onItem?: (item: unknown) => void): Promise<ObjectReply>;
  /** GETs a watch. Resolves when it has ended: null if the server or the listener ended it regularly. */
  watch(path: string, listener: WatchListener, signal: AbortSignal): Promise<ApiFailure | null>;
  /** GETs one object, within a minute in all. Never rejects. */
  get(path: string, signal: AbortSignal): Promise<ObjectReply>;
  /**
   * Changes one object, within a minute in all. Never rejects, and never sends a write twice if the first one may have
   * been carried out: after `reset`, `timeout`, `stopped`, `unavailable` and `bad_answer` only reading the object tells.
   */
  send(write: ApiWrite, signal: AbortSignal): Promise<ObjectReply>;
  /** Closes all connections. Watches must have been stopped before. */
  stop(): void;
}

export interface ClientOptions {
  readonly clock?: DiscoveryClock;
  readonly files?: Files;
  readonly random?: () => number;
}

/** Lists at the same time, so that a server that has just started is not asked for all of them at once. */
const MAX_LISTS = 8;
/** Limit of a call with everything that it waits for: a connection, the head, the body. */
const CALL_MS = 60_000;

const WRITES = {
  create: { method: 'POST', type: 'application/json' },
  update: { method: 'PUT', type: 'application/json' },
  patch: { method: 'PATCH', type: 'application/merge-patch+json' },
  // Its JSON is valid YAML.
  apply: { method: 'PATCH', type: 'application/apply-patch+yaml' },
  delete: { method: 'DELETE', type: 'application/json' },
} as const;

/** A request without what every request has. */
type Wanted = Omit<RequestMessage, 'headers'> & { readonly type: string | null };

export function createKubernetesClient(
  access: KubernetesAccess,
  { clock = realClock, files = realFiles, random = Math.random }: ClientOptions = {},
): KubernetesClient {
  const connections = createConnections(access, files, clock, random);
  const token = access.token && createToken(access.token, files, clock);
  const base = access.url.pathname.replace(/\/+$/, '');
  const lists = createConcurrencyLimit(MAX_LISTS);

  /** Resolves with the response if its status is one of success; the caller reads the body. */
  async function ask(
    wanted: Wanted,
    kind: RequestKind,
    signal: AbortSignal,
    isAgain = false,
  ): Promise<ApiExchange | ApiFailure> {
    const bearer = token?.current();
    if (bearer === null) return failure('unauthorized', 'the token file cannot be read or is empty');
    const { method, path, body, type } = wanted;
    const headers = {
      accept: 'application/json',
      // W11: compression would delay the events of a watch.
      'accept-encoding': kind === 'watch' ? 'identity' : 'gzip',
      ...(body === null ? {} : { 'content-type': type ?? '', 'content-length': `${body.length}` }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    };
    const sent = await connections.send({ method, path: base + path, headers, body }, kind, signal);
    if ('code' in sent) return sent;
    const { status, header } = sent.answer;
    if (status === 200 || (kind === 'call' && status > 200 && status < 300)) return sent;
    const retryAfter = header('retry-after');
    const said = await readBody(sent, clock, signal);
    if (status === 401) {
      token?.expire();
      // A call that was not authorized has changed nothing. (A list or a watch is repeated by whoever asked for it.)
      const isRenewed = () => token !== null && token.current() !== bearer;
      if (kind === 'call' && !isAgain && isRenewed()) return ask(wanted, kind, signal, true);
    }
    return failureOfAnswer(status, retryAfter, 'code' in said ? '' : said.toString('utf8'));
  }

  async function askObject(
    wanted: Wanted,
    kind: RequestKind,
    signal: AbortSignal,
    onItem?: (item: unknown) => void,
  ): Promise<ObjectReply> {
    const sent = await ask(wanted, kind, signal);
    if ('code' in sent) return sent;
    const body = await readBody(sent, clock, signal);
    if ('code' in body) return body;
    if (kind === 'call' && body.length === 0) return { object: null };
    const object = onItem === undefined ? parseJson(body.toString('utf8')) : parseList(body, onItem);
    return object === undefined ? failure('bad_answer', 'the response is not JSON') : { object };
  }

  async function call(wanted: Wanted, signal: AbortSignal): Promise<ObjectReply> {
    const abort = new AbortController();
    const stop = () => abort.abort();
    let isLate = false;
    const cancel = clock.after(CALL_MS, () => {
      isLate = true;
      stop();
    });
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const reply = await askObject(wanted, 'call', abort.signal);
    cancel();
    signal.removeEventListener('abort', stop);
    if (!isLate || !('code' in reply) || reply.code !== 'stopped') return reply;
    return { ...failure('timeout', `no complete response within ${CALL_MS / 1000} s`), gated: reply.gated };
  }

  return {
    server: access.url.origin,
    get outages() {
      return connections.outages;
    },
    async list(path, signal, onItem) {
      const reply = await lists.run(() => askObject(reading(path), 'list', signal, onItem), signal);
      return reply ?? failure('stopped', 'the request was cancelled');
    },
    async watch(path, listener, signal) {
      const sent = await ask(reading(path), 'watch', signal);
      if ('code' in sent) return sent;
      const encoding = sent.answer.header('content-encoding') ?? 'identity';
      if (encoding !== 'identity') {
        sent.cancel();
        return failure(
          'bad_answer',
          `the watch is compressed (${quoteText(encoding)}), which was not requested`,
        );
      }
      listener.opened();
      return readLines(sent, (line) => listener.line(line), clock, signal);
    },
    get: (path, signal) => call(reading(path), signal),
    send({ verb, path, body }, signal) {
      const { method, type } = WRITES[verb];
      const bytes = body === undefined ? null : Buffer.from(JSON.stringify(body));
      return call({ method, path, type, body: bytes }, signal);
    },
    stop: () => connections.stop(),
  };
}

function reading(path: string): Wanted {
  return { method: 'GET', path, type: null, body: null };
}

import { type DiscoveryClock, realClock } from '../discovery-clock.ts';
import { type Files, realFiles } from '../files.ts';
import { shown } from '../shown.ts';
import type { KubernetesAccess } from './access.ts';
import { type ApiFailure, failure, failureOfAnswer } from './failure.ts';
import { parseJson } from './json.ts';
import { createToken } from './token.ts';
import { createConcurrencyLimit } from './transport/concurrency-limit.ts';
import type { RequestKind } from './transport/connection.ts';
import { type ApiExchange, createConnections } from './transport/connections.ts';
import { readBody } from './transport/read-body.ts';
import { readLines } from './transport/read-lines.ts';

/** What a list came to. */
export type ListReply = { readonly object: unknown } | ApiFailure;

export interface WatchListener {
  /** The server has taken the watch. */
  opened(): void;
  /** One line; false ends the watch. */
  line(text: string): boolean;
}

/** Requests to one API server. Watches of the same access share one client, and with it its connections. */
export interface KubernetesClient {
  /** `https://10.96.0.1:443`, for a log. */
  readonly server: string;
  /** How often the server could not be reached, so far: another number means that it may be another server. */
  readonly outages: number;
  /** GET of a list: `path` with its query. Never rejects; an aborted one is `stopped`. */
  list(path: string, signal: AbortSignal): Promise<ListReply>;
  /** GET of a watch. Resolves when it has ended: null where the server, or the listener, ended it well. */
  watch(path: string, listener: WatchListener, signal: AbortSignal): Promise<ApiFailure | null>;
  /** Closes every connection. Watches are stopped before. */
  stop(): void;
}

export interface ClientOptions {
  readonly clock?: DiscoveryClock;
  readonly files?: Files;
  readonly random?: () => number;
}

/** Lists at one time. A server that has just started is not asked for all of them at once. */
const MAX_LISTS = 8;

export function createKubernetesClient(
  access: KubernetesAccess,
  { clock = realClock, files = realFiles, random = Math.random }: ClientOptions = {},
): KubernetesClient {
  const connections = createConnections(access, files, clock, random);
  const token = access.token && createToken(access.token, files, clock);
  const base = access.url.pathname.replace(/\/+$/, '');
  const lists = createConcurrencyLimit(MAX_LISTS);

  /** Sends a GET; resolves with the answer once it is a 200: the body is the caller's. */
  async function send(
    path: string,
    kind: RequestKind,
    signal: AbortSignal,
  ): Promise<ApiExchange | ApiFailure> {
    const bearer = token?.current();
    if (bearer === null) return failure('unauthorized', 'the file of the token cannot be read, or is empty');
    const headers = {
      accept: 'application/json',
      // W11: nothing is waited for in a watch so that it may be packed.
      'accept-encoding': kind === 'list' ? 'gzip' : 'identity',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    };
    const sent = await connections.send(base + path, headers, kind, signal);
    if ('code' in sent) return sent;
    const { status, header } = sent.answer;
    if (status === 200) return sent;
    if (status === 401) token?.expire();
    const retryAfter = header('retry-after');
    const body = await readBody(sent, clock, signal);
    return failureOfAnswer(status, retryAfter, 'code' in body ? '' : body.toString('utf8'));
  }

  async function list(path: string, signal: AbortSignal): Promise<ListReply> {
    const sent = await send(path, 'list', signal);
    if ('code' in sent) return sent;
    const body = await readBody(sent, clock, signal);
    if ('code' in body) return body;
    const object = parseJson(body.toString('utf8'));
    return object === undefined ? failure('bad_answer', 'the list is no JSON') : { object };
  }

  return {
    server: access.url.origin,
    get outages() {
      return connections.outages;
    },
    async list(path, signal) {
      const reply = await lists.run(() => list(path, signal), signal);
      return reply ?? failure('stopped', 'it was stopped');
    },
    async watch(path, listener, signal) {
      const sent = await send(path, 'watch', signal);
      if ('code' in sent) return sent;
      const encoding = sent.answer.header('content-encoding') ?? 'identity';
      if (encoding !== 'identity') {
        sent.cancel();
        return failure('bad_answer', `the watch is packed (${shown(encoding)}), and nobody asked for that`);
      }
      listener.opened();
      return readLines(sent, (line) => listener.line(line), clock, signal);
    },
    stop: () => connections.stop(),
  };
}

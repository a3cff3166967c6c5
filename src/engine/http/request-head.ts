import type { Endpoint } from '../../endpoints/snapshot.ts';
import { bindsConnection } from './bound-authentication.ts';
import type { ChainFields } from './chain-fields.ts';
import type { ClientFields } from './client-fields.ts';
import { fieldKind, withoutListed } from './field-kinds.ts';
import { isHost, originForm } from './request-target.ts';

/** The head of a request as Node's parser gives it. `upgrade`: the connection may become a WebSocket. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** Names and values in turn. */
  readonly fields: readonly string[];
  readonly upgrade: boolean;
}

/** The head that is sent to the endpoint. */
export interface RequestHead {
  readonly kind: 'request';
  readonly target: string;
  /** Names and values in turn. */
  readonly fields: string[];
  readonly body: boolean;
  readonly chunked: boolean;
  /** The request authenticates the connection that carries it. */
  readonly binds: boolean;
  /** The connection may become a WebSocket. */
  readonly upgrade: boolean;
  /** It may be sent again if there was no answer (RFC 9110 §9.2.2): idempotent and without a body. */
  readonly repeatable: boolean;
  /** The index in `fields` of a `Host` value that depends on the endpoint; -1: none does. */
  readonly hostAt: number;
}

/** A request that is refused: the status of the answer, and the violated rule. */
export interface RequestRefusal {
  readonly kind: 'refused';
  readonly status: number;
  readonly rule: string;
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
/** Methods that have no body unless announced. For others, `Content-Length: 0` says that there is none (RFC 9110 §8.6). */
const BODILESS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'DELETE']);
/** The parser limits the bytes of a head only, which allows more fields like `a:` than servers accept. */
const MOST_FIELDS = 256;
/**
 * Methods of RTSP and ICE, which Node's parser accepts as HTTP. `GET`, `POST` and `OPTIONS` of RTSP cannot be distinguished from those
 * of HTTP, and are passed on.
 */
const FOREIGN = new Set([
  'ANNOUNCE',
  'DESCRIBE',
  'FLUSH',
  'GET_PARAMETER',
  'PAUSE',
  'PLAY',
  'RECORD',
  'REDIRECT',
  'SETUP',
  'SET_PARAMETER',
  'SOURCE',
  'TEARDOWN',
]);

/**
 * Raw head → the head for the endpoint, with the client's fields, or a refusal. Node's parser has checked the syntax; this refuses what
 * two recipients could interpret differently (RFC 9112 §6.3, §3.2).
 */
export function requestHead(raw: RawRequest, client: ClientFields): RequestHead | RequestRefusal {
  const { method, version, fields } = raw;
  if (version !== '1.1' && version !== '1.0') return refused(505, 'http_version');
  if (fields.length > 2 * MOST_FIELDS) return refused(431, 'too_many_fields');
  if (method === 'CONNECT') return refused(405, 'connect_method');
  if (FOREIGN.has(method)) return refused(501, 'method');
  const passed: string[] = [];
  const connection: string[] = [];
  const chain: ChainFields = { xForwardedFor: [], forwarded: [], port: [], proto: [], host: [] };
  let claims = false;
  let binds = false;
  let host: string | null = null;
  let length: number | null = null;
  let coding: string | null = null;
  let trailers = false;
  const announced: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    const kind = fieldKind(name.toLowerCase());
    switch (kind) {
      case 'plain':
        passed.push(name, value);
        binds ||= name.length >= 13 && bindsConnection(name.toLowerCase(), value);
        break;
      case 'host':
        if (host !== null) return refused(400, 'two_hosts');
        if (!isHost(value)) return refused(400, 'host_value');
        host = value;
        passed.push(name, value);
        break;
      case 'length':
        if (length !== null) return refused(400, 'two_lengths');
        length = Number(value);
        break;
      case 'coding':
        if (coding !== null) return refused(400, 'two_codings');
        coding = value.toLowerCase();
        break;
      case 'connection':
        connection.push(value);
        break;
      case 'te':
        trailers ||= /(?:^|,)\s*trailers\s*(?:,|$)/i.test(value);
        break;
      case 'trailer':
        announced.push(name, value);
        break;
      case 'expect':
        // RFC 9110 §10.1.1: HTTP/1.0 has no expectations, and 100-continue is the only one defined.
        if (version === '1.0') break;
        if (value.toLowerCase() !== '100-continue') return refused(417, 'expectation');
        passed.push(name, value);
        break;
      case 'for':
        claims = chain.xForwardedFor.push(value) > 0;
        break;
      case 'forwarded':
        claims = chain.forwarded.push(value) > 0;
        break;
      case 'port':
      case 'proto':
        claims = chain[kind].push(value) > 0;
        break;
      case 'for-host':
        claims = chain.host.push(value) > 0;
        break;
      case 'claim':
        if (client.trusted) passed.push(name, value);
        break;
      case 'hop':
      case 'upgrade':
      case 'dropped':
        break;
    }
  }
  if (host === null && version === '1.1') return refused(400, 'no_host');
  const asked = originForm(method, raw.target, host);
  if (asked === null) return refused(400, 'target');
  if (length !== null && coding !== null) return refused(400, 'both_lengths');
  // The parser reads 64 bits; an endpoint that reads fewer would find another end of the body.
  if (length !== null && !Number.isSafeInteger(length)) return refused(400, 'long_length');
  // Parsers newer than Node 20's refuse it themselves.
  if (coding === '') return refused(400, 'transfer_coding');
  // With a coding that a proxy cannot decode, the end of the message is unknown (RFC 9112 §6.1).
  if (coding !== null && coding !== 'chunked') return refused(501, 'transfer_coding');
  if (coding !== null && version === '1.0') return refused(400, 'transfer_coding');
  const body = coding !== null || (length !== null && length > 0);

  const head = withoutListed(passed, connection);
  if (host === null) head.push('Host', asked.host ?? '');
  const hostAt = asked.host === null ? head.length - 1 : -1;
  if (coding !== null) head.push('Transfer-Encoding', 'chunked', ...announced);
  else if (length !== null) head.push('Content-Length', String(length));
  else if (!BODILESS.has(method)) head.push('Content-Length', '0');
  if (raw.upgrade) head.push('Connection', 'Upgrade', 'Upgrade', 'websocket');
  else if (trailers) head.push('Connection', 'keep-alive, TE', 'TE', 'trailers');
  else head.push('Connection', 'keep-alive');
  head.push(...client.of(claims ? chain : null));
  return {
    kind: 'request',
    target: asked.target,
    fields: head,
    body,
    chunked: coding !== null,
    binds,
    upgrade: raw.upgrade,
    repeatable: !body && IDEMPOTENT.has(method),
    hostAt,
  };
}

/** The text of the head for this endpoint. We send HTTP/1.1, which needs a `Host` even if the client's HTTP/1.0 had none. */
export function requestText(
  method: string,
  { target, fields, hostAt }: RequestHead,
  { path, text: endpoint }: Endpoint,
): string {
  let text = `${method} ${target} HTTP/1.1\r\n`;
  for (let at = 0; at < fields.length; at += 2) {
    const value = at + 1 === hostAt ? (path === null ? endpoint : 'localhost') : fields[at + 1];
    text += `${fields[at]}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

function refused(status: number, rule: string): RequestRefusal {
  return { kind: 'refused', status, rule };
}

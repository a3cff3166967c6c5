import { STATUS_CODES } from 'node:http';
import type { CloseReason } from '../../plan/close-reason.ts';

/** An answer by Herald itself: a status and a word that says why. The connection ends after it. */
export function ownAnswer(status: number, why: string, method: string | undefined): string {
  const phrase = STATUS_CODES[status] ?? '';
  const hint = HINTS[why];
  const body = `${status} ${phrase}: ${why}${hint === undefined ? '' : ` (${hint})`}\n`;
  return [
    `HTTP/1.1 ${status} ${phrase}`,
    'Content-Type: text/plain',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    method === 'HEAD' ? '' : body,
  ].join('\r\n');
}

/** Explanations for answers that are probably caused by a wrong setting. */
const HINTS: { readonly [why: string]: string } = {
  http2_preface: 'HTTP/2 with prior knowledge is not served here, HTTP/1.1 is',
  proxy_header: 'a PROXY header came from a peer that --trust does not name',
};

/** The status if no endpoint has answered: no endpoint, a timeout, or another failure (RFC 9110 §15.6). */
export function statusOf(reason: CloseReason): number {
  switch (reason) {
    case 'no_endpoint':
    case 'no_ready_endpoint':
    case 'no_local_endpoint':
      return 503;
    case 'connect_timeout':
    case 'idle_timeout':
    case 'half_close_timeout':
      return 504;
    default:
      return 502;
  }
}

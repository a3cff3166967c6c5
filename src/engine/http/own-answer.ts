import { STATUS_CODES } from 'node:http';

/** What Herald itself answers: a status and one word on why; the connection ends behind it. */
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

/** For whoever meets it by a setting and not by malice. */
const HINTS: { readonly [why: string]: string } = {
  http2_preface: 'HTTP/2 with prior knowledge is not served here, HTTP/1.1 is',
  proxy_header: 'a PROXY header came from a peer that --trust does not name',
};

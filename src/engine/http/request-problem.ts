import type { CloseReason } from '../../plan/close-reason.ts';

/** What is wrong with what a client sent, and how it is answered. */
export interface RequestProblem {
  readonly status: number;
  /** The parser's own code, or a word of ours for what it has none for. */
  readonly rule: string;
  /** What it was reading. */
  readonly bytes: Uint8Array | null;
}

const STATUS: { readonly [code: string]: number } = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_PAUSED_H2_UPGRADE: 505,
};

/** An error of Node's server → what is wrong with the request; null where the connection broke. */
export function problemOf(error: NodeJS.ErrnoException & { rawPacket?: Uint8Array }): RequestProblem | null {
  const { code, rawPacket } = error;
  if (code?.startsWith('HPE_') !== true) return null;
  return { status: STATUS[code] ?? 400, rule: ruleOf(code, rawPacket), bytes: rawPacket ?? null };
}

/** The rule of a request whose client ended its stream in the body. */
export const UNFINISHED_BODY = 'unfinished_body';

/** The same, where it was met in a body: whoever ends its stream there has given its request up. */
export function inBody(problem: RequestProblem): RequestProblem {
  return problem.rule === 'HPE_INVALID_EOF_STATE'
    ? { status: 400, rule: UNFINISHED_BODY, bytes: null }
    : problem;
}

/** A request that was given up is no offence: an upload that is stopped comes as an end as well as a reset. */
export function reasonOf(rule: string): CloseReason {
  return rule === UNFINISHED_BODY ? 'client_reset' : 'request_invalid';
}

/** Two mistakes of a setting have words of their own: they are met by people who mean well. */
function ruleOf(code: string, bytes: Uint8Array | undefined): string {
  if (code === 'HPE_PAUSED_H2_UPGRADE') return 'http2_preface';
  const begins = bytes === undefined ? '' : Buffer.from(bytes.subarray(0, 8)).toString('latin1');
  return PROXY_HEADERS.some((signature) => begins.startsWith(signature)) ? 'proxy_header' : code;
}

/** How headers of version 1 and 2 begin (spec §2.1, §2.2), as far as no request does. */
const PROXY_HEADERS = ['PROXY ', '\r\n\r\n\0'];

import type { CloseReason } from '../../plan/close-reason.ts';

/** A mistake in what a client sent, and the status of the answer. */
export interface RequestProblem {
  readonly status: number;
  /** The code of Node's parser, or a word of ours if that has none. */
  readonly rule: string;
  /** The bytes that were being parsed. */
  readonly bytes: Uint8Array | null;
}

const STATUS: { readonly [code: string]: number } = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_PAUSED_H2_UPGRADE: 505,
};

/** An error of Node's server → the mistake; null if the connection broke. */
export function problemOf(error: NodeJS.ErrnoException & { rawPacket?: Uint8Array }): RequestProblem | null {
  const { code, rawPacket } = error;
  if (code?.startsWith('HPE_') !== true) return null;
  return { status: STATUS[code] ?? 400, rule: ruleOf(code, rawPacket), bytes: rawPacket ?? null };
}

/** The rule of a request whose client ended its stream in the body. */
export const UNFINISHED_BODY = 'unfinished_body';

/** The same for a mistake within a body: a client that ends its stream there has given up its request. */
export function inBody(problem: RequestProblem): RequestProblem {
  return problem.rule === 'HPE_INVALID_EOF_STATE'
    ? { status: 400, rule: UNFINISHED_BODY, bytes: null }
    : problem;
}

/** A request that was given up is not invalid: a client that stops an upload may end its stream or reset it. */
export function reasonOf(rule: string): CloseReason {
  return rule === UNFINISHED_BODY ? 'client_reset' : 'request_invalid';
}

/** Two mistakes that wrong settings cause have rules of their own. */
function ruleOf(code: string, bytes: Uint8Array | undefined): string {
  if (code === 'HPE_PAUSED_H2_UPGRADE') return 'http2_preface';
  const begins = bytes === undefined ? '' : Buffer.from(bytes.subarray(0, 8)).toString('latin1');
  return PROXY_HEADERS.some((signature) => begins.startsWith(signature)) ? 'proxy_header' : code;
}

/** The beginnings of headers of version 1 and 2 (spec §2.1, §2.2), long enough that no request begins so. */
const PROXY_HEADERS = ['PROXY ', '\r\n\r\n\0'];

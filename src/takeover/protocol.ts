/** The version of the lines below and of the manifest. Both sides must have the same. */
export const TAKE_OVER_VERSION = 1;

// What is said, each a line that ends with LF. The successor speaks first, and the old process sends nothing unasked but a refusal:
//
//     successor                         old process
//     herald-take-over 1         ──▶
//                                ◀──    manifest BYTES, and then so many bytes of JSON
//     next                       ──▶
//                                ◀──    descriptors COUNT, which are attached to this line; next, until all are there
//     ready                      ──▶
//                                ◀──    yours
//
// Instead of any of its lines the old process may say `refused SENTENCE`, and closes the connection. It never closes it without
// one of these two: a connection that ends otherwise is the end of the process.

const HELLO = /^herald-take-over (\d{1,9})$/;

/** The longest line of a successor, without its LF: a hello of nine digits. */
export const MOST_HELLO_BYTES = 'herald-take-over 999999999'.length;
/** The longest line of the old process: a refusal with its sentence. */
export const MOST_ANSWER_BYTES = 1024;

export const NEXT = 'next';
export const READY = 'ready';
export const YOURS = 'yours';

export function formatHello(version = TAKE_OVER_VERSION): string {
  return `herald-take-over ${version}\n`;
}

/** The version of a hello, or null if the line is none. */
export function parseHello(line: string): number | null {
  const [, version] = HELLO.exec(line) ?? [];
  return version === undefined ? null : Number(version);
}

/** A refusal, on one line that is not too long. */
export function formatRefusal(sentence: string): string {
  const room = MOST_ANSWER_BYTES - 'refused '.length;
  const bytes = Buffer.from(sentence.replace(/[\r\n]+/g, ' ')).subarray(0, room);
  // A character that is cut apart becomes U+FFFD, which may be longer than what was left of it.
  return `refused ${bytes.toString('utf8').replace(/\ufffd+$/, '')}\n`;
}

/** Why the old process refuses, or null if the line is no refusal. */
export function parseRefusal(line: string): string | null {
  return line.startsWith('refused ') ? line.slice('refused '.length) : null;
}

/** The number behind a word: `manifest 312`. Null if the line is anything else. */
export function parseCount(word: 'manifest' | 'descriptors', line: string): number | null {
  const [, digits] = /^[a-z]+ (0|[1-9]\d{0,8})$/.exec(line) ?? [];
  return digits !== undefined && line.startsWith(`${word} `) ? Number(digits) : null;
}

/** One sentence for the log of either side. */
export function otherVersion(version: number): string {
  return `the successor speaks version ${version} of the take-over, this process version ${TAKE_OVER_VERSION}`;
}

/** The variable that tells a process of its predecessor: the path of the take-over socket. */
export const TAKE_OVER_VARIABLE = 'HERALD_TAKE_OVER';
/** The name of the take-over socket in the manifest. No listener can have it: a colon sets it apart. */
export const TAKE_OVER_NAME = ':take-over';

import { Socket } from 'node:net';
import { setNonBlocking } from '../linux/descriptor-flags.ts';
import { MOST_DESCRIPTORS } from '../linux/pass-descriptors.ts';
import { close } from '../linux/socket.ts';
import { socketFacts } from '../linux/socket-facts.ts';
import type { HeldSocket } from '../plan/held-socket.ts';
import { StartError } from '../plan/start-error.ts';
import { checkDescriptors } from './check-descriptors.ts';
import { LineBuffer } from './line-buffer.ts';
import { MOST_MANIFEST_BYTES, parseManifest } from './manifest.ts';
import { PredecessorLink, trySay } from './predecessor-link.ts';
import { formatHello, MOST_ANSWER_BYTES, NEXT, parseCount, parseRefusal, READY, YOURS } from './protocol.ts';

/** How long all of the sockets may take to arrive: the old process sends them at once. */
const SOCKETS_MS = 10_000;
/** How long the old process may take to give up its ops addresses. */
const YOURS_MS = 30_000;

/** The process that this one succeeds. */
export interface Predecessor {
  /** Its sockets, in the order of its manifest. The descriptors belong to the caller, who has to close each; none blocks. */
  readonly sockets: readonly HeldSocket[];
  /**
   * Says that this process serves. Resolves with `handed_over` when the old process has given up what only one can have, and
   * with `gone` if it ended without a word, before or after: this process has every socket, and so it serves. Rejects with a
   * `StartError` if the old process has given the take-over up, or lives and does not answer: it keeps serving, and this process
   * must end. To be called once.
   */
  ready(): Promise<'handed_over' | 'gone'>;
  /** Closes the connection, which gives the take-over up if this process was not ready. The sockets stay open. */
  close(): void;
}

export interface JoinLimits {
  readonly socketsMs?: number;
  readonly yoursMs?: number;
}

/**
 * Connects to the old process and takes its sockets. It blocks the thread, for nothing may be opened before it is done. Throws a
 * `StartError` with a sentence; every descriptor that has been received is closed then.
 */
export function joinPredecessor(path: string, limits: JoinLimits = {}): Predecessor {
  const { socketsMs = SOCKETS_MS, yoursMs = YOURS_MS } = limits;
  const failed = (why: string) =>
    new StartError('take_over_failed', `cannot take over from the process at ${path}: ${why}`);
  let link: PredecessorLink | null = null;
  try {
    link = new PredecessorLink(path, socketsMs);
    const sockets = receiveSockets(link);
    return { sockets, ...conclude(link.fd, yoursMs, failed) };
  } catch (error) {
    link?.closeAll();
    throw failed((error as Error).message);
  }
}

function receiveSockets(link: PredecessorLink): readonly HeldSocket[] {
  link.say(formatHello());
  const first = link.line();
  const bytes = parseCount('manifest', first.text);
  if (bytes === null) throw new Error('it answers something else than a manifest');
  if (bytes > MOST_MANIFEST_BYTES) {
    throw new Error(`its manifest has ${bytes} bytes, and at most ${MOST_MANIFEST_BYTES} are read`);
  }
  const entries = parseManifest(link.bytes(bytes));
  if ('problem' in entries) throw new Error(entries.problem);
  if (link.received.length > 0) throw new Error('it sent descriptors that were not asked for');
  while (link.received.length < entries.length) {
    const expected = Math.min(entries.length - link.received.length, MOST_DESCRIPTORS);
    link.say(`${NEXT}\n`);
    const { text, descriptors } = link.line();
    const count = parseCount('descriptors', text);
    if (count === null) throw new Error('it answers something else than descriptors');
    if (count !== expected || descriptors !== expected) {
      const came = count === expected ? descriptors : count;
      throw new Error(`${came} came where its manifest has ${expected} descriptors`);
    }
  }
  const fds = link.received;
  const defect = checkDescriptors(entries, fds.map(socketFacts));
  if (defect !== null) throw new Error(defect);
  // They have been received with FD_CLOEXEC.
  for (const fd of fds) setNonBlocking(fd);
  return entries.map((entry, at) => ({ ...entry, fd: fds[at]! }));
}

/** The rest of the conversation, for which nothing blocks. */
function conclude(
  fd: number,
  yoursMs: number,
  failed: (why: string) => StartError,
): Omit<Predecessor, 'sockets'> {
  let socket: Socket | null = null;
  let isClosed = false;
  return {
    ready() {
      // Said before Node has the descriptor: if the old process has refused and closed, a failed write of Node's would destroy the
      // socket with the refusal unread.
      trySay(fd, `${READY}\n`);
      const reader = new Socket({ fd, readable: true, writable: true });
      socket = reader;
      return answerOf(reader, yoursMs, failed).finally(() => reader.destroy());
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      if (socket === null) close(fd);
      else socket.destroy();
    },
  };
}

function answerOf(
  socket: Socket,
  yoursMs: number,
  failed: (why: string) => StartError,
): Promise<'handed_over' | 'gone'> {
  const lines = new LineBuffer(MOST_ANSWER_BYTES);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(failed('it does not answer in time')), yoursMs);
    socket.on('data', (bytes) => {
      lines.push(bytes);
      const line = lines.line();
      if (line === null) return;
      const refusal = typeof line === 'string' ? parseRefusal(line) : null;
      if (line === YOURS) resolve('handed_over');
      else
        reject(
          failed(refusal === null ? 'it said something that does not belong here' : `it refuses: ${refusal}`),
        );
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve('gone');
    });
  });
}

import type { Socket } from 'node:net';

type Done = (error?: Error | null) => void;
/** `wasEmpty`: it was found by a write of nothing, so the peer has refused nothing. */
type Broken = (error: NodeJS.ErrnoException, wasEmpty?: boolean) => void;

/** A stream as Node's documentation lets it be made: what a socket writes through. */
interface Writing {
  _write(chunk: unknown, encoding: BufferEncoding, done: Done): void;
  _writev(chunks: unknown, done: Done): void;
}

const broken = Symbol('broken');
type Watched = Socket & Writing & { [broken]?: BrokenWrites };

/**
 * Keeps a socket open for reading after a write to it has failed: Node would destroy it, and with it all that the peer had sent
 * before, such as the answer of a server that does not want to hear the rest. `onBroken` is told once; what is written from then
 * on goes nowhere. The socket then ends, or fails (see `unreadBytes`), as far as reading goes. An empty write, by which it is found
 * out whether a peer has reset, does not fail because that one has closed. Called again, it gives the socket to another owner, who is
 * told at once if a write has failed already.
 *
 * False where this Node has no such methods to go before: there a failed write destroys the socket, as it always does.
 */
export function readAfterBrokenWrite(socket: Socket, onBroken: Broken): boolean {
  const watched = socket as Watched;
  if (watched[broken] !== undefined) {
    const writes = watched[broken];
    writes.onBroken = onBroken;
    if (writes.error !== null) onBroken(writes.error);
    return true;
  }
  if (typeof watched._write !== 'function' || typeof watched._writev !== 'function') return false;
  watched[broken] = new BrokenWrites(watched, onBroken);
  watched._write = write;
  watched._writev = writev;
  return true;
}

/** The error by which a write failed of which the socket itself knows nothing. */
export function writeError(socket: Socket): NodeJS.ErrnoException | null {
  return (socket as Watched)[broken]?.error ?? null;
}

/** What a socket had received before it failed, and nobody has read: Node destroys it with that inside. */
export function unreadBytes(socket: Socket): Uint8Array | null {
  const chunks: Uint8Array[] = [];
  for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) chunks.push(chunk);
  return chunks.length < 2 ? (chunks[0] ?? null) : Buffer.concat(chunks);
}

/** How the writes of one socket go. */
class BrokenWrites {
  /** The methods of its class. */
  readonly write: Writing['_write'];
  readonly writev: Writing['_writev'];
  onBroken: Broken;
  error: NodeJS.ErrnoException | null = null;
  /** A stream gives the same function each time: what goes before it is made once. */
  #last: Done | null = null;
  #before: Done = () => {};
  #isEmpty = false;

  constructor({ _write, _writev }: Writing, onBroken: Broken) {
    this.write = _write;
    this.writev = _writev;
    this.onBroken = onBroken;
  }

  /** What to call instead of `done`, so that the stream never hears of an error. */
  before(done: Done, isEmpty = false): Done {
    this.#isEmpty = isEmpty;
    if (done === this.#last) return this.#before;
    this.#last = done;
    this.#before = (error) => {
      done();
      if (error) this.#break(error);
    };
    return this.#before;
  }

  #break(error: NodeJS.ErrnoException): void {
    if (this.error !== null || (this.#isEmpty && error.code === 'EPIPE')) return;
    this.error = error;
    this.onBroken(error, this.#isEmpty);
  }
}

function write(this: Watched, chunk: unknown, encoding: BufferEncoding, done: Done): void {
  const writes = this[broken]!;
  if (writes.error === null)
    writes.write.call(this, chunk, encoding, writes.before(done, (chunk as Uint8Array).length === 0));
  else done();
}

function writev(this: Watched, chunks: unknown, done: Done): void {
  const writes = this[broken]!;
  if (writes.error === null) writes.writev.call(this, chunks, writes.before(done));
  else done();
}

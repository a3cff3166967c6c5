import type { Socket } from 'node:net';

type Done = (error?: Error | null) => void;
/** `wasEmpty`: the write that failed was empty (`touch`), so no byte was lost. */
type Broken = (error: NodeJS.ErrnoException, wasEmpty?: boolean) => void;

/** The methods of a Node stream that its implementer defines: a socket writes through them. */
interface Writing {
  _write(chunk: unknown, encoding: BufferEncoding, done: Done): void;
  _writev(chunks: unknown, done: Done): void;
}

const broken = Symbol('broken');
type Watched = Socket & Writing & { [broken]?: BrokenWrites };

/**
 * Keeps a socket open for reading after a write to it has failed. Node would destroy it, and with it what the peer had sent
 * before: the answer of a server that does not want the rest of a request. `onBroken` is called once, and later writes are
 * dropped. Reading goes on until the stream ends or fails (see `unreadBytes`). An empty write (`touch`) does not fail with
 * EPIPE. A second call gives the socket to another owner, whose `onBroken` is called at once if a write has failed already.
 *
 * False if this Node's sockets lack these methods: then a failed write destroys the socket, as it always does.
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

/** The error of a failed write, of which the socket itself knows nothing. */
export function writeError(socket: Socket): NodeJS.ErrnoException | null {
  return (socket as Watched)[broken]?.error ?? null;
}

/** What a socket received before it failed and nobody has read yet: it stays in Node's buffer. */
export function unreadBytes(socket: Socket): Uint8Array | null {
  const chunks: Uint8Array[] = [];
  for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) chunks.push(chunk);
  return chunks.length < 2 ? (chunks[0] ?? null) : Buffer.concat(chunks);
}

/** The writes of one socket. */
class BrokenWrites {
  /** The methods of its class, which ours replace. */
  readonly write: Writing['_write'];
  readonly writev: Writing['_writev'];
  onBroken: Broken;
  error: NodeJS.ErrnoException | null = null;
  /** A stream passes the same callback each time, so ours is made once. */
  #last: Done | null = null;
  #before: Done = () => {};
  #isEmpty = false;

  constructor({ _write, _writev }: Writing, onBroken: Broken) {
    this.write = _write;
    this.writev = _writev;
    this.onBroken = onBroken;
  }

  /** The callback to pass instead of `done`: the stream never gets an error. */
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

import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** How a peer ended its stream. */
export type Ending = 'fin' | 'reset';

/** One end of a connection as a test uses it: reads so many bytes, sees how it ends, resets. */
export class Connection {
  readonly socket: Socket;
  /** Resolves when the peer ends the stream or breaks it. */
  readonly ending: Promise<Ending>;
  /** Resolves when the socket is closed, whoever did it. */
  readonly closed: Promise<void>;
  /** Sizes of the chunks as they came. */
  readonly chunks: number[] = [];
  /** What has come and was not read, joined only when somebody reads: a flood in pieces would be copied again with each of them. */
  #parts: Buffer[] = [];
  #length = 0;
  #waiting: (() => void)[] = [];
  #over = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk.length);
      this.#parts.push(chunk);
      this.#length += chunk.length;
      this.#wake();
    });
    this.ending = new Promise((resolve) => {
      socket.on('end', () => resolve('fin'));
      socket.on('error', () => resolve('reset'));
    });
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
    void Promise.race([this.ending, this.closed]).then(() => {
      this.#over = true;
      this.#wake();
    });
  }

  /** Connects, half-open allowed. A reset that overtakes the connect event is the ending, a refusal an error. */
  static async to(options: NetConnectOpts): Promise<Connection> {
    const socket = connect({ allowHalfOpen: true, ...options } as NetConnectOpts);
    const connection = new Connection(socket);
    await once(socket, 'connect').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET') throw error;
    });
    return connection;
  }

  /** All that has come and was not read yet. */
  get received(): Buffer {
    if (this.#parts.length !== 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0]!;
  }

  /** Exactly `length` bytes; rejects where the stream ends before. */
  async read(length: number): Promise<Buffer> {
    while (this.#length < length) {
      if (this.#over) throw new Error(`the stream ended after ${this.#length} of ${length} bytes`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const bytes = this.received;
    const taken = bytes.subarray(0, length);
    this.#parts = [bytes.subarray(length)];
    this.#length -= length;
    return taken;
  }

  async readText(length: number): Promise<string> {
    return (await this.read(length)).toString('latin1');
  }

  /**
   * How the peer really ended its stream: Node tells of a reset behind bytes as of an end, and only a write meets it. For one
   * whose own stream is still open.
   */
  async kernelEnding(): Promise<Ending> {
    if ((await this.ending) === 'reset') return 'reset';
    const error = await new Promise((resolve) => this.socket.write('', resolve));
    return error ? 'reset' : 'fin';
  }

  /** Everything up to the end, whichever it is. */
  async readToEnd(): Promise<Buffer> {
    await this.ending;
    return this.read(this.#length);
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  end(bytes?: string | Uint8Array): void {
    if (bytes === undefined) this.socket.end();
    else this.socket.end(bytes);
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

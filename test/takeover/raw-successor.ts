import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createConditions } from '../helpers/conditions.ts';

/** A connection to a take-over socket from this process. Node drops the descriptors that come by it. */
export class RawSuccessor {
  readonly socket: Socket;
  #text = '';
  #isClosed = false;
  readonly #conditions = createConditions();

  private constructor(path: string) {
    this.socket = connect(path);
    this.socket.on('data', (bytes) => {
      this.#text += bytes;
      this.#conditions.touch();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.#isClosed = true;
      this.#conditions.touch();
    });
  }

  static async dial(path: string): Promise<RawSuccessor> {
    const successor = new RawSuccessor(path);
    await once(successor.socket, 'connect');
    return successor;
  }

  say(line: string): void {
    this.socket.write(`${line}\n`);
  }

  /** The next line; null if the connection was closed before. */
  async line(): Promise<string | null> {
    await this.#conditions.until(() => this.#text.includes('\n') || this.#isClosed);
    const end = this.#text.indexOf('\n');
    return end < 0 ? null : this.#take(end + 1).slice(0, -1);
  }

  /** Says hello, and takes the manifest and every descriptor. How many there were. */
  async takeAll(): Promise<number> {
    this.say('herald-take-over 1');
    const length = Number((await this.line())!.replace('manifest ', ''));
    await this.#conditions.until(() => this.#text.length >= length);
    const { listeners } = JSON.parse(this.#take(length));
    let count = 0;
    while (count < listeners.length) {
      this.say('next');
      count += Number((await this.line())!.replace('descriptors ', ''));
    }
    return count;
  }

  /** Resolves when both ends are closed. */
  async closed(): Promise<void> {
    await this.#conditions.until(() => this.#isClosed);
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed();
  }

  #take(length: number): string {
    const taken = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return taken;
  }
}

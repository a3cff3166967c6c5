import { once } from 'node:events';
import { type AddressInfo, createServer, type ListenOptions, type Server } from 'node:net';
import { Connection } from './connection.ts';

/** An endpoint that a test plays itself: it accepts, and hands out its connections in order. */
export class ScriptedEndpoint {
  readonly #server: Server;
  readonly #ready: Connection[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];
  readonly #all: Connection[] = [];

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      const connection = new Connection(socket);
      this.#all.push(connection);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#ready.push(connection);
      else waiting(connection);
    });
  }

  static async start(options: ListenOptions = { host: '127.0.0.1', port: 0 }): Promise<ScriptedEndpoint> {
    const endpoint = new ScriptedEndpoint();
    endpoint.#server.listen(options);
    await once(endpoint.#server, 'listening');
    return endpoint;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections came so far. */
  get count(): number {
    return this.#all.length;
  }

  /** The next connection, now or when it comes. */
  accept(): Promise<Connection> {
    const ready = this.#ready.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async stop(): Promise<void> {
    for (const connection of this.#all) connection.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

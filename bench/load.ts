import { performance } from 'node:perf_hooks';
import { type Conversation, INPUT, LoadSockets } from './load-sockets.ts';
import { KIND, NUMBER_AT, POUR_AT, REQUEST_BYTES } from './request.ts';

/**
 * The load generator, a process of its own: closed loops over a port of loopback, told by messages. An answer
 * that is wrong, late or missing fails the order; what is left open then is closed with `release`. Each order
 * is answered with how many milliseconds it took, or with an error.
 */
export interface LoadOrders {
  /** Short connections: connect, send `prefix` (hexadecimal) and a request, have the answer, close. */
  visit(order: { port: number; connections: number; concurrent: number; prefix: string }): void;
  /** Opens connections that stay, each of which sends `prefix` and, with `ask`, has had one answer. */
  open(order: { port: number; connections: number; prefix: string; ask: boolean }): void;
  /** So many requests over the open connections, one at a time on each. */
  ask(order: { requests: number }): void;
  /** Closes what is open; fails where something of it had ended by itself. */
  release(order: { check: boolean }): void;
  /** Reads so many bytes over each of the connections, up to their ends. */
  drink(order: { port: number; connections: number; bytes: number }): void;
}

const CONNECTING = 32;
const sockets = new LoadSockets();
const held = new Map<number, Exchange>();
let number = 0;

/** Requests and their answers on one connection. */
class Exchange implements Conversation {
  readonly #kind: number;
  readonly #prefix: Uint8Array;
  readonly #request = new Uint8Array(REQUEST_BYTES).fill(0x2e);
  readonly #view = new DataView(this.#request.buffer);
  readonly #answer = new Uint8Array(REQUEST_BYTES);
  #have = 0;
  onAnswer: (fd: number) => void;

  constructor(kind: number, prefix: Uint8Array, onAnswer: (fd: number) => void) {
    this.#kind = kind;
    this.#prefix = prefix;
    this.onAnswer = onAnswer;
  }

  connected(fd: number): void {
    this.#fill();
    sockets.send(fd, this.#prefix.length > 0 ? Buffer.concat([this.#prefix, this.#request]) : this.#request);
  }

  ask(fd: number): void {
    this.#fill();
    sockets.send(fd, this.#request);
  }

  received(fd: number, count: number): void {
    if (count === 0) throw new Error(`the stream ended after ${this.#have} of ${REQUEST_BYTES} bytes`);
    if (this.#have + count > REQUEST_BYTES) throw new Error('more came than was asked for');
    this.#answer.set(INPUT.bytes.subarray(0, count), this.#have);
    this.#have += count;
    if (this.#have < REQUEST_BYTES) return;
    this.#have = 0;
    if (Buffer.compare(this.#answer, this.#request) !== 0) throw new Error('a wrong answer came');
    this.onAnswer(fd);
  }

  #fill(): void {
    number = (number + 1) >>> 0;
    this.#request[0] = this.#kind;
    this.#view.setUint32(NUMBER_AT, number, true);
  }
}

const orders: LoadOrders = {
  visit({ port, connections, concurrent, prefix }) {
    const header = Buffer.from(prefix, 'hex');
    let begun = 0;
    let ended = 0;
    const begin = (): void => {
      begun++;
      sockets.connect(port, new Exchange(KIND.END, header, end));
    };
    const end = (fd: number): void => {
      ended++;
      sockets.close(fd);
      if (begun < connections) begin();
    };
    while (begun < Math.min(concurrent, connections)) begin();
    sockets.runUntil(
      () => ended === connections,
      () => `${ended} of ${connections} connections had their answer`,
    );
  },

  open({ port, connections, prefix, ask }) {
    const header = Buffer.from(prefix, 'hex');
    let begun = 0;
    let done = 0;
    const next = (): void => {
      if (begun === connections) return;
      begun++;
      const exchange = new Exchange(KIND.KEEP, header, finish);
      const silent: Conversation = {
        connected(fd) {
          sockets.send(fd, header);
          finish();
        },
        received() {
          throw new Error('an answer came to an unfinished header');
        },
      };
      held.set(sockets.connect(port, ask ? exchange : silent), exchange);
    };
    const finish = (): void => {
      done++;
      next();
    };
    while (begun < Math.min(CONNECTING, connections)) next();
    sockets.runUntil(
      () => done === connections,
      () => `${done} of ${connections} connections were open`,
    );
  },

  ask({ requests }) {
    let begun = 0;
    let ended = 0;
    for (const [fd, exchange] of held) {
      exchange.onAnswer = () => {
        ended++;
        if (begun >= requests) return;
        begun++;
        exchange.ask(fd);
      };
    }
    for (const [fd, exchange] of held) {
      if (begun >= requests) break;
      begun++;
      exchange.ask(fd);
    }
    sockets.runUntil(
      () => ended === requests,
      () => `${ended} of ${requests} requests had their answer`,
    );
  },

  release({ check }) {
    const lost = [...held.keys()].filter((fd) => !sockets.isQuiet(fd)).length;
    const count = held.size;
    sockets.closeAll();
    held.clear();
    if (check && lost > 0) throw new Error(`${lost} of ${count} open connections had been ended`);
  },

  drink({ port, connections, bytes }) {
    const request = new Uint8Array(REQUEST_BYTES).fill(0x2e);
    request[0] = KIND.POUR;
    new DataView(request.buffer).setFloat64(POUR_AT, bytes, true);
    let ended = 0;
    let total = 0;
    for (let each = 0; each < connections; each++) {
      let left = bytes;
      sockets.connect(port, {
        connected: (fd) => sockets.send(fd, request),
        received(fd, count) {
          left -= count;
          total += count;
          if (count > 0) return;
          if (left !== 0) throw new Error(`a stream ended with ${left} of ${bytes} bytes missing`);
          ended++;
          sockets.close(fd);
        },
      });
    }
    sockets.runUntil(
      () => ended === connections,
      () => `${total} of ${connections * bytes} bytes had come`,
    );
  },
};

export type Order = {
  [Do in keyof LoadOrders]: { do: Do } & Parameters<LoadOrders[Do]>[0];
}[keyof LoadOrders];

process.on('message', (order: Order) => {
  const began = performance.now();
  try {
    // Each order goes with its own name, which a union of orders can't tell the compiler.
    (orders[order.do] as (order: Order) => void)(order);
    process.send!({ ms: performance.now() - began });
  } catch (error) {
    process.send!({ error: (error as Error).message });
  }
});
process.on('disconnect', () => process.exit(1));

import { connect, type NetConnectOpts, type Socket } from 'node:net';

export interface OpenLoopPlan {
  readonly to: NetConnectOpts;
  /** Connections a second, at equal distances. */
  readonly rate: number;
  /** What each asks for; the number of the connection by default, which has to be the body of its answer. */
  readonly path?: string;
}

/** What became of the connections. Those of the four kinds of failure are not among the answered. */
export interface OpenLoopResult {
  readonly connections: number;
  readonly answered: number;
  /** The connect failed. */
  readonly refused: number;
  /** It broke after the connect. */
  readonly reset: number;
  /** It ended with another answer than its own, or with a part of it. */
  readonly wrong: number;
  /** It had no answer when the run was over. */
  readonly unanswered: number;
  /** From the moment when a connection was due to its first byte: the longest. */
  readonly firstByteMs: number;
  /** How late this process itself was, at most: it is in `firstByteMs` as well. */
  readonly lateMs: number;
  /** The codes of the errors, each with how often it came. */
  readonly errors: { readonly [code: string]: number };
}

export interface OpenLoop {
  /** Resolves once so many connections more have been answered. */
  more(count: number): Promise<void>;
  /** Starts no more, and waits for those that are open. */
  stop(): Promise<OpenLoopResult>;
}

const TICK_MS = 1;
/** What has not come by then does not come. */
const PATIENCE_MS = 10_000;
/** The addresses that clients come from, so that none of them runs out of ports. */
const ADDRESSES = 8;

/** Connects at a constant rate, whatever becomes of those before: one request each, whose answer is checked. */
export function startOpenLoop({ to, rate, path }: OpenLoopPlan): OpenLoop {
  const counts = { answered: 0, refused: 0, reset: 0, wrong: 0, unanswered: 0 };
  const errors: { [code: string]: number } = {};
  const open = new Set<Socket>();
  const waiting = new Set<() => void>();
  const began = performance.now();
  let connections = 0;
  let firstByteMs = 0;
  let lateMs = 0;

  const settle = (socket: Socket, how: keyof typeof counts) => {
    if (!open.delete(socket)) return;
    counts[how]++;
    for (const look of waiting) look();
  };
  const visit = (number: number, dueMs: number) => {
    lateMs = Math.max(lateMs, performance.now() - dueMs);
    const from = 'path' in to ? {} : { localAddress: `127.0.0.${2 + (number % ADDRESSES)}` };
    const socket = connect({ ...to, ...from } as NetConnectOpts);
    open.add(socket);
    let connected = false;
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('connect', () => {
      connected = true;
      socket.write(`GET ${path ?? `/${number}`} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (text) => {
      if (answer === '') firstByteMs = Math.max(firstByteMs, performance.now() - dueMs);
      answer += text;
    });
    socket.on('end', () => {
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      const isRight = head.startsWith('HTTP/1.1 200 ') && (path !== undefined || body === `/${number}`);
      settle(socket, isRight ? 'answered' : 'wrong');
    });
    socket.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      errors[code] = (errors[code] ?? 0) + 1;
      settle(socket, connected ? 'reset' : 'refused');
    });
    socket.on('close', () => settle(socket, 'wrong'));
  };
  const ticker = setInterval(() => {
    for (;;) {
      const dueMs = began + (connections * 1000) / rate;
      if (dueMs > performance.now()) return;
      visit(connections++, dueMs);
    }
  }, TICK_MS);

  const until = (isTrue: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isTrue()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return {
    more(count) {
      const least = counts.answered + count;
      return until(() => counts.answered >= least);
    },
    async stop() {
      clearInterval(ticker);
      const patience = setTimeout(() => {
        for (const socket of [...open]) {
          settle(socket, 'unanswered');
          socket.destroy();
        }
      }, PATIENCE_MS);
      await until(() => open.size === 0);
      clearTimeout(patience);
      return { connections, ...counts, firstByteMs, lateMs, errors };
    },
  };
}

import { connect } from 'node:net';

/** One connection of a client, from an address of its own. */
export interface Visit {
  readonly from: string;
  readonly host: string;
  readonly port: number;
}

/** What became of it; who was met, and whom that one saw. */
export type Outcome =
  | { readonly end: 'served'; readonly pod: string; readonly saw: string }
  | { readonly end: 'refused' | 'reset' | 'not answered' | 'timed out' | 'failed'; readonly code?: string };

/** What is dropped is never answered: a network of one machine would have answered long before. */
const PATIENCE_MS = 4000;

const ENDS: { readonly [code: string]: 'refused' | 'reset' } = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
};

/** Pays a visit: connects, and reads to the end. */
export function pay({ from, host, port }: Visit): Promise<Outcome> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host, port, localAddress: from, timeout: PATIENCE_MS });
    const settle = (outcome: Outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('end', () =>
      settle(answer === '' ? { end: 'not answered' } : { end: 'served', ...JSON.parse(answer) }),
    );
    socket.on('timeout', () => settle({ end: 'timed out' }));
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) =>
      settle({ end: ENDS[code] ?? 'failed', code }),
    );
  });
}

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

const ENDS: { readonly [code: string]: 'refused' | 'reset' } = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
};

/** Pays a visit: connects, and reads to the end; one that is given up has timed out. */
export function pay({ from, host, port }: Visit, givenUp: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host, port, localAddress: from });
    const settle = (outcome: Outcome) => {
      givenUp.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(outcome);
    };
    const giveUp = () => settle({ end: 'timed out' });
    givenUp.addEventListener('abort', giveUp);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('end', () =>
      settle(answer === '' ? { end: 'not answered' } : { end: 'served', ...JSON.parse(answer) }),
    );
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) =>
      settle({ end: ENDS[code] ?? 'failed', code }),
    );
  });
}

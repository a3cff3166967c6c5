// Many clients in one process. Standard input: visits, as JSON. Standard output: what became of each, in the same
// order, as one line of JSON.

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Outcome, Visit } from './visit.ts';

/** What is dropped is never answered: a network of one machine would have answered long before. */
const PATIENCE_MS = 4000;

const visits: readonly Visit[] = JSON.parse(await text(process.stdin));
const outcomes = await Promise.all(visits.map(go));
process.stdout.write(`${JSON.stringify(outcomes)}\n`);

function go({ from, host, port }: Visit): Promise<Outcome> {
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
      settle(answer === '' ? { end: 'refused' } : { end: 'served', ...JSON.parse(answer) }),
    );
    socket.on('timeout', () => settle({ end: 'timed out' }));
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      settle({
        end: code === 'ECONNREFUSED' || code === 'ECONNRESET' ? 'refused' : 'failed',
        code: code ?? '',
      }),
    );
  });
}

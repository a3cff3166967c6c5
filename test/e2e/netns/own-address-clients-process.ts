// Clients that compare whom the pod saw with their own address and port. Argument: what they do, as JSON. Standard output: a line of
// JSON for each connection that was not right, and at the end one with the counts. They end when they have done it, or with standard
// input where `count` is 0.
import { connect } from 'node:net';
import type { ClientsOrder, Met, MetCounts } from './own-address-clients.ts';

const order: ClientsOrder = JSON.parse(process.argv[2]!);
const counts: { connections: number; right: number; pods: { [pod: string]: number } } = {
  connections: 0,
  right: 0,
  pods: {},
};
/** So often they say how many connections there were. */
const EVERY = 10;
let isOver = false;

function visit(from: string, host: string): Promise<Met> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: order.port, localAddress: from });
    let text = '';
    let own = 0;
    const clock = setTimeout(() => settle({ end: 'timed out' }), order.timeoutMs);
    const settle = (met: Omit<Met, 'from' | 'host' | 'port'>) => {
      clearTimeout(clock);
      socket.destroy();
      resolve({ ...met, from, host, port: own });
    };
    socket.on('connect', () => {
      own = socket.localPort!;
    });
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', ({ code = 'failed' }: NodeJS.ErrnoException) => settle({ end: code }));
    socket.on('end', () =>
      settle(text === '' ? { end: 'not answered' } : { end: 'answered', saw: JSON.parse(text) }),
    );
  });
}

async function come(at: number): Promise<void> {
  const { from, hosts } = order;
  // An address that meets several nodes may use one port for two of them, and then a pod may not see the port of both.
  const client = at % from.length;
  const met = await visit(from[client]!, hosts[client % hosts.length]!);
  const { saw } = met;
  counts.connections++;
  if (counts.connections % EVERY === 0)
    process.stdout.write(`${JSON.stringify({ so: counts.connections })}\n`);
  if (saw !== undefined) counts.pods[saw.pod] = (counts.pods[saw.pod] ?? 0) + 1;
  if (saw !== undefined && saw.address === met.from && saw.port === met.port) counts.right++;
  else process.stdout.write(`${JSON.stringify(met)}\n`);
}

let next = 0;
const isDone = () => isOver || (order.count > 0 && next >= order.count);

async function lane(): Promise<void> {
  while (!isDone()) await come(next++);
}

/** At a constant rate, whatever becomes of those before. */
async function arrive(rate: number): Promise<void> {
  const open = new Set<Promise<void>>();
  const began = performance.now();
  await new Promise<void>((resolve) => {
    const ticker = setInterval(() => {
      while (!isDone() && began + (next * 1000) / rate <= performance.now()) {
        const coming = come(next++).finally(() => open.delete(coming));
        open.add(coming);
      }
      if (!isDone()) return;
      clearInterval(ticker);
      resolve();
    }, 1);
  });
  await Promise.all(open);
}

process.stdin.on('end', () => {
  isOver = true;
});
process.stdin.resume();
await (order.rate > 0 ? arrive(order.rate) : Promise.all(Array.from({ length: order.atOnce }, lane)));
process.stdout.write(`${JSON.stringify({ counts } satisfies { counts: MetCounts })}\n`, () =>
  process.exit(0),
);

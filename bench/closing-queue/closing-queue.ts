// What is lost if one of two processes that share a port closes its listening socket. Usage: --help, or bench/README.md.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Child } from '../child.ts';
import { textTable } from '../text-table.ts';
import type { Endings } from './clients-process.ts';
import { heraldHolders, socketHolders } from './holders.ts';
import { ADDRESSES, type Family, Network } from './network.ts';

const USAGE = `node dist/bench/closing-queue/closing-queue.js [flags]      (as root: it makes network namespaces)

  --rates LIST     connections a second       [default: 1000,3000]
  --rtts LIST      round trips in ms          [default: 0,1,20]
  --closes N       closes in each run         [default: 10]
  --by LIST        how the socket closes      [default: close,quiet-close]
                     close         what waits is accepted, then the socket is closed in the same turn
                     quiet-close   SYNs are dropped until the handshakes that have begun are over; then as close
                     cookie-close  SYNs are answered by cookies meanwhile
                     epoll, net    Heralds with this engine and --reuse-port, one of which drains
  --markdown       the table as Markdown
`;
const PORT = 8443;
/** Both sockets are open for so long before one of them closes. */
const SHARED_MS = 300;
const FAMILIES = Object.keys(ADDRESSES) as readonly Family[];
const CLIENTS = fileURLToPath(new URL('./clients-process.js', import.meta.url));

interface Run {
  readonly family: Family;
  readonly rate: number;
  readonly close: string;
}

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '1000,3000' },
    rtts: { type: 'string', default: '0,1,20' },
    closes: { type: 'string', default: '10' },
    by: { type: 'string', default: 'close,quiet-close' },
    markdown: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit();
}
process.on('exit', () => {
  Child.killAll();
  Network.removeAll();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const closes = Number(values.closes);
const rows = [
  [
    'family',
    'connections/s',
    'RTT',
    'first byte',
    'close',
    'migrate_req',
    'opened',
    'reset',
    'refused',
    'silent',
  ].concat(['over 0.9 s', 'reset a close', 'rate × RTT / 2']),
];
for (const rttMs of numbers(values.rtts)) {
  const network = await Network.create(rttMs);
  for (const close of values.by.split(',')) {
    for (const migrate of close.endsWith('-close') ? [false] : [false, true]) {
      network.migrate(migrate);
      for (const rate of numbers(values.rates)) {
        for (const family of FAMILIES) {
          const ended = await measure(network, { family, rate, close });
          rows.push([
            ...[
              family,
              String(rate),
              `${rttMs} ms`,
              `${ended.medianMs.toFixed(1)} ms`,
              close,
              migrate ? '1' : '0',
            ],
            ...[ended.opened, ended.reset, ended.refused, ended.silent, ended.slow].map(String),
            (ended.reset / closes).toFixed(1),
            ((rate * rttMs) / 2000).toFixed(1),
          ]);
          process.stderr.write(`${rows.at(-1)!.join('  ')}\n`);
        }
      }
    }
  }
  await network.remove();
}
process.stdout.write(`${textTable(rows, values.markdown)}\n`);

/** Two take turns: one opens, the other closes. Half of the clients are on the one that closes. */
async function measure(network: Network, { family, rate, close }: Run): Promise<Endings> {
  const address = ADDRESSES[family];
  const isHerald = close === 'epoll' || close === 'net';
  const { pair, end } = isHerald
    ? await heraldHolders(network, PORT, close)
    : socketHolders(network, address, PORT, close);
  let [stays, leaves] = pair;
  await leaves.open();
  const clients = network.run('clients', 'the clients', CLIENTS, [address, String(PORT), String(rate)]);
  await once(clients.process, 'message');
  for (let count = 0; count < closes; count++) {
    await stays.open();
    await sleep(SHARED_MS);
    await leaves.close();
    await sleep(SHARED_MS);
    [stays, leaves] = [leaves, stays];
  }
  const ended = once(clients.process, 'message');
  clients.process.send('end');
  const [endings] = (await ended) as [Endings];
  await Promise.all([end(), clients.stop()]);
  return endings;
}

function numbers(list: string): readonly number[] {
  return list.split(',').map(Number);
}

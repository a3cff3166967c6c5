import { createInterface } from 'node:readline';
import { formatIp, parseIp } from '../../src/address/ip.ts';
import { parseAddress } from '../../src/address/socket-address.ts';
import { createStaticSource } from '../../src/discovery/static-source.ts';
import { type Clock, realClock } from '../../src/observe/clock.ts';
import { createLog } from '../../src/observe/log.ts';
import { HostAddresses } from '../../src/shared-memory/host-addresses.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import type { EchoSources } from '../../src/transparent/node-proof.ts';
import { createTransparentSupport } from '../../src/transparent/transparent-support.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';

/** What a node's process is asked to look after. */
export interface SupportWish {
  /** Addresses of echoes, as `--node-echo` takes them. */
  readonly echoes: readonly string[];
  /** Addresses of endpoints without the name of a node. */
  readonly endpoints: readonly string[];
}

/** The answer to a line with addresses: what each is to this node. */
export interface SupportAnswer {
  readonly kinds: readonly (string | null)[];
  readonly reach: readonly string[];
  readonly presents: readonly {
    readonly family: string;
    readonly can: boolean;
    readonly isProven: boolean;
  }[];
}

/** A fifth of each delay: two seconds without an answer need not last so long, but a busy machine needs some time to answer. */
const clock: Clock = { ...realClock, after: (ms, run) => realClock.after(ms / 5, run) };

// Runs in a network namespace: the support of `--present transparent`, its log on standard output, and an answer for each line of addresses. A line with a presentation changes the listener.

const { echoes, endpoints }: SupportWish = JSON.parse(process.argv[2]!);
const state = createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 });
const known = endpoints.map((text) => ({ ip: parseIp(text)!, node: null }));

function sourcesOf(texts: readonly string[]): EchoSources | null {
  if (texts.length === 0) return null;
  const source = createStaticSource(
    texts.flatMap((text) => {
      const address = parseAddress(text);
      return 'kind' in address ? [address] : [];
    }),
  );
  const { name } = source;
  return {
    states: [{ name, isFixed: true, synced: true, endpoints: source.state.endpoints }],
    start: async () => {},
    stop: async () => {},
  };
}

const support = createTransparentSupport(state, {
  log: createLog({ level: 'debug', format: 'json', stream: process.stdout }),
  clock,
  node: 'node-a',
  echoes: sourcesOf(echoes),
});
support.reach.changed(() => process.stdout.write('changed\n'));
const all = known.map(({ ip }) => ({
  ...{ ip, port: 80, path: null, text: formatIp(ip), node: null, zone: null },
  ...{ ready: true, serving: true, terminating: false, forNodes: [], forZones: [] },
}));
async function reload(form: 'none' | 'transparent'): Promise<void> {
  const listener = listenerPlan({ presentation: { form }, endpoints: [] });
  await support.ready({ generation: 1, listeners: [listener] });
  support.follow([{ plan: listener, pool: { endpoints: all } }]);
}

await reload('transparent');
const addresses = new HostAddresses(state.host);
process.stdout.write('followed\n');

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'none' || line === 'transparent') {
    await reload(line);
    process.stdout.write(`reloaded ${line}\n`);
    continue;
  }
  const ips = line.split(' ').map((text) => parseIp(text)!);
  const answer: SupportAnswer = {
    kinds: ips.map((ip) => addresses.kindOf(ip)),
    reach: ips.map((ip) => support.reach.of({ ip, node: null })),
    presents: support.presents(),
  };
  process.stdout.write(`answer ${JSON.stringify(answer)}\n`);
}
await support.stop();

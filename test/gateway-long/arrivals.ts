import { visit } from '../e2e/gateway/gateway-client.ts';

/** Connections at a constant rate, whatever becomes of those before. */
export interface Arrivals {
  /** How many there were, and each answer that was not the right one, with how often it came. */
  stop(): Promise<{ readonly connections: number; readonly failures: { readonly [answer: string]: number } }>;
}

const TICK_MS = 1;
/** The addresses that clients come from, so that none of them runs out of ports. */
const ADDRESSES = 8;

/** `pods`: the addresses of those that may answer. */
export function startArrivals(port: number, rate: number, pods: readonly string[]): Arrivals {
  const known = new Set(pods);
  const failures: { [answer: string]: number } = {};
  const open = new Set<Promise<void>>();
  const began = performance.now();
  let connections = 0;
  const come = async () => {
    const from = `10.9.0.${1 + (connections % ADDRESSES)}`;
    const answer = await visit(port, from);
    const [pod = ''] = answer.split(' ');
    if (!known.has(pod) || answer !== `${pod} saw ${from}`) failures[answer] = (failures[answer] ?? 0) + 1;
  };
  const ticker = setInterval(() => {
    while (began + (connections * 1000) / rate <= performance.now()) {
      connections++;
      const visiting = come().finally(() => open.delete(visiting));
      open.add(visiting);
    }
  }, TICK_MS);
  return {
    async stop() {
      clearInterval(ticker);
      await Promise.all(open);
      return { connections, failures };
    },
  };
}

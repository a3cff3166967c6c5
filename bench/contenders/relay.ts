import { Child } from '../child.ts';
import type { Contender } from '../contender.ts';

const SCRIPT = new URL('../relay.js', import.meta.url).pathname;

/** A minimal relay on node:net: `bench/relay.ts`. */
export const relay: Contender = {
  id: 'relay',
  title: 'bare Node relay',
  version: null,
  header: 'v2',
  remark: 'always the same',
  scenarios: ['short', 'kept', 'bulk-down', 'bulk-up', 'idle', 'latency'],
  missing: null,
  async start({ listen, endpoints }) {
    const to = endpoints[0]!.split(':')[1]!;
    const child = new Child('the relay', process.execPath, [SCRIPT, String(listen), to]);
    try {
      await child.until('line "listening"', () => child.lines.find((line) => line === 'listening'));
    } catch (error) {
      await child.stop();
      throw error;
    }
    return { port: listen, pids: [child.pid], end: () => child.end, stop: () => child.stop() };
  },
};

import { Child } from '../child.ts';
import type { Contender } from '../contender.ts';

const SCRIPT = new URL('../relay.js', import.meta.url).pathname;

/** The least that a relay on node:net can do: `bench/relay.ts`. */
export const relay: Contender = {
  id: 'relay',
  title: 'bare Node relay',
  version: null,
  header: 'v2',
  remark: 'always the same',
  scenarios: ['short', 'kept', 'bulk', 'idle'],
  missing: null,
  async start({ listen, endpoint }) {
    const child = new Child('the relay', process.execPath, [SCRIPT, String(listen), String(endpoint)]);
    try {
      await child.until('line "listening"', () => child.lines.find((line) => line === 'listening'));
    } catch (error) {
      await child.stop();
      throw error;
    }
    return { port: listen, pid: child.pid, end: () => child.end, stop: () => child.stop() };
  },
};

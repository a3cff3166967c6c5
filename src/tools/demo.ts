import type { Host } from '../observe/host.ts';
import { runDemoOnce } from './demo-once.ts';
import { runDemoServe } from './demo-serve.ts';

/**
 * `herald demo`: an endpoint and Herald on loopback. With `once` it plays the clients itself and returns 0 only if the
 * endpoint saw each of them; otherwise it serves until a signal ends it.
 */
export async function runDemo({ once }: { once: boolean }, host: Host): Promise<number> {
  try {
    return await (once ? runDemoOnce(host) : runDemoServe(host));
  } catch (error) {
    host.stderr.write(`herald: the demo cannot start: ${(error as Error).message}\n`);
    return 1;
  }
}

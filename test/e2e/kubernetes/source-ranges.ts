import { service } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { ask, ready, startPod, startWorld, until } from './world.ts';

/** A Service admits other clients, then ours, then nobody but others again, and at last everyone; what ours is told each time. */
export async function sourceRanges(
  owner: Owner,
  flags: string,
): Promise<{ readonly [fact: string]: unknown }> {
  const { ip } = await startPod(owner, '10.1.0.1');
  const admitting = (...ranges: string[]) => service({ loadBalancerSourceRanges: ranges });
  const { api, port, reasons } = await startWorld(owner, [ready(ip)], flags, async (fresh) => {
    fresh.put(admitting('192.0.2.0/24'));
  });
  const denied = 'ECONNRESET';
  const told: string[] = [await ask(port)];
  for (const [ranges, expected] of [
    [['192.0.2.0/24', ' 127.0.0.0/8 '], ip],
    [['192.0.2.0/24', 'all'], denied],
    [['0.0.0.0/0'], ip],
    [['198.51.100.0/24'], denied],
    [[], ip],
  ] as const) {
    api.put(admitting(...ranges));
    await until(port, (answer) => answer === expected);
    told.push(await ask(port));
  }
  const { denied: count = 0, ...others } = await reasons();
  return { told, wasDenied: count >= 3, others: Object.keys(others) };
}

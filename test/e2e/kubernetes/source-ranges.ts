import { service } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { ask, ready, startPod, startWorld, type Told } from './world.ts';

/** A Service admits other clients, then ours, then others again, and at last everyone: whether ours is served each time. */
export async function sourceRanges(owner: Owner, flags: string): Promise<Told> {
  const { ip } = await startPod(owner, '10.1.0.1');
  const admitting = (...ranges: string[]) => service({ loadBalancerSourceRanges: ranges });
  const { api, port, reasons } = await startWorld(owner, [ready(ip)], flags, async (fresh) => {
    fresh.put(admitting('192.0.2.0/24'));
  });
  // As soon as the Service is read; before that nobody is served either, for another reason.
  while ((await reasons()).denied === undefined) await ask(port);
  const served: boolean[] = [(await ask(port)) === ip];
  for (const [ranges, comesIn] of [
    [['192.0.2.0/24', ' 127.0.0.0/8 '], true],
    [['192.0.2.0/24', 'all'], false],
    [['0.0.0.0/0'], true],
    [['198.51.100.0/24'], false],
    [[], true],
  ] as const) {
    api.put(admitting(...ranges));
    // Each worker learns of it by itself, and connections are spread over them.
    for (let same = 0; same < 8; ) same = ((await ask(port)) === ip) === comesIn ? same + 1 : 0;
    served.push((await ask(port)) === ip);
  }
  return { served, denied: (await reasons()).denied };
}

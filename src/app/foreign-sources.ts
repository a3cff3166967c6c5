import { createServer } from 'node:net';
import { formatIp } from '../address/ip.ts';
import type { ListenerOptions } from '../config/config.ts';

/**
 * What is to be said of addresses of `--source` that this machine does not have: every dial from one would fail, and
 * be told as `local_ports`. Found by trying, for an address may be routed here and be on no interface; of a range
 * only some need be here, and it is left alone.
 */
export async function foreignSources(
  listeners: readonly Pick<ListenerOptions, 'name' | 'source'>[],
): Promise<string[]> {
  const tried = listeners.flatMap(({ name, source }) =>
    source
      .filter(({ ip, prefix }) => prefix === 8 * ip.length)
      .map(async ({ ip }) => {
        const address = formatIp(ip);
        if (await isHere(address)) return [];
        return [
          `listener ${name}: source: this machine has no address ${address}: no endpoint can be dialed from it`,
        ];
      }),
  );
  return (await Promise.all(tried)).flat();
}

/** False where the kernel says so; whatever else goes wrong is met again, and told, by a dial. */
function isHere(host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'EADDRNOTAVAIL'));
    server.listen({ host, port: 0, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Cidr, formatCidr } from '../address/cidr.ts';
import { formatIp, parseIp } from '../address/ip.ts';
import { createIpSet, ipSetHas } from '../address/ip-set.ts';
import type { ListenerOptions } from '../config/config.ts';

/**
 * What is to be said of sources that this machine does not have: every dial from one fails, and is told as `local_ports`.
 * Found by trying, for an address may be routed here and be on no interface. Of a range only some need be here.
 */
export async function foreignSources(
  listeners: readonly Pick<ListenerOptions, 'name' | 'dialFrom'>[],
): Promise<string[]> {
  const tried = listeners.flatMap(({ name, dialFrom }) =>
    dialFrom.map(async (range) => {
      if (await isHere(range)) return [];
      const what = isRange(range) ? `of ${formatCidr(range)}` : formatIp(range.ip);
      return [
        `listener ${name}: dialFrom: this machine has no address ${what}: no endpoint can be dialed from there`,
      ];
    }),
  );
  return (await Promise.all(tried)).flat();
}

function isRange({ ip, prefix }: Cidr): boolean {
  return prefix < 8 * ip.length;
}

async function isHere(range: Cidr): Promise<boolean> {
  if (!isRange(range)) return canBind(range.ip);
  const set = createIpSet([range]);
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  if (own.some(({ address }) => ipSetHas(set, parseIp(address) ?? new Uint8Array(0)))) return true;
  // A range that is routed here as a whole is here with any of its addresses; the very first may name the network.
  const second = Uint8Array.from(range.ip);
  second[second.length - 1]! |= 1;
  return canBind(second);
}

/** False where the kernel says so; whatever else goes wrong is met again, and told, by a dial. */
function canBind(ip: Uint8Array): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'EADDRNOTAVAIL'));
    server.listen({ host: formatIp(ip), port: 0, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Cidr, formatCidr } from '../address/cidr.ts';
import { formatIp, parseIp } from '../address/ip.ts';
import { createIpSet, ipSetHas } from '../address/ip-set.ts';
import type { ListenerOptions } from '../config/config.ts';

/**
 * Warnings about addresses to dial from that this host does not have: every dial from one fails, with the reason
 * `local_ports`. They are found by binding, because an address may be routed here without being on an interface. Of a range,
 * one address is enough.
 */
export async function foreignDialFrom(
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
  // A range that is routed here as a whole can be bound with any of its addresses, except that the first may be the network's.
  const second = Uint8Array.from(range.ip);
  second[second.length - 1]! |= 1;
  return canBind(second);
}

/** False only for EADDRNOTAVAIL. Any other error will be met again, and reported, by a dial. */
function canBind(ip: Uint8Array): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'EADDRNOTAVAIL'));
    server.listen({ host: formatIp(ip), port: 0, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

import { formatCidr } from '../address/cidr.ts';
import { parseAddress } from '../address/socket-address.ts';

/** `--log-clients`: how much of an address is shown. */
export type LogClients = 'full' | 'prefix' | 'none';

/** What is personal about `203.0.113.7:51234` is gone from `203.0.113.0/24`. */
const PREFIX = { v4: 24, v6: 48 } as const;

/**
 * An address of a person as the log may show it, or null where it may not. `text` is `1.2.3.4:80`,
 * `[::1]:80` or what stands for a unix socket; with `prefix` the range it lies in, without the port.
 */
export function showClient(text: string | null, mode: LogClients): string | null {
  if (text === null || mode === 'none') return null;
  if (mode === 'full' || text.startsWith('unix')) return text;
  const address = parseAddress(text);
  if (!('kind' in address) || address.kind !== 'tcp' || address.ip === null) return null;
  const { ip } = address;
  const prefix = ip.length === 4 ? PREFIX.v4 : PREFIX.v6;
  const network = Uint8Array.from(ip, (byte, at) => (8 * at < prefix ? byte : 0));
  return formatCidr({ ip: network, prefix });
}

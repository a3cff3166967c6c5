import { formatCidr } from '../address/cidr.ts';
import { parseAddress } from '../address/socket-address.ts';

/** `--log-clients`: how much of an address is shown. */
export type LogClients = 'full' | 'prefix' | 'none';

/** With `prefix`, `203.0.113.7:51234` is shown as `203.0.113.0/24`, which does not identify a person. */
const PREFIX = { v4: 24, v6: 48 } as const;

/**
 * A client's address as the log may show it; null if it may not. `text` is `1.2.3.4:80`, `[::1]:80` or the text of a unix
 * socket. With `prefix` it becomes the range that it lies in, without the port.
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

import { formatCidr } from '../address/cidr.ts';
import { parseAddress } from '../address/socket-address.ts';
import { unmapped } from '../address/v4-mapped.ts';
import type { SessionRecord } from '../plan/observer.ts';
import type { LogClients } from './show-client.ts';

/**
 * An AWS NLB sends its header with the client's first bytes. In a protocol in which the server speaks first, the client waits
 * for the server, and the header never comes. Other balancers send it at once.
 */
const SILENT =
  'no byte came; an AWS NLB sends its header at once with header_placement=on_first_ack (docs/recipes.md)';

/** The detail of a record; if it has none and the operator can do something, a hint at that. */
export function detailOf(record: SessionRecord, clients: LogClients): string | null {
  if (record.detail !== null) return record.detail;
  if (record.reason === 'untrusted') return acceptHint(record, clients);
  // A peer that has sent a part of its header has another problem.
  if (record.reason === 'header_timeout' && record.firstBytes?.length === 0) return SILENT;
  return null;
}

/** How to accept the peer. If its address may not be shown there is no exact hint, since a range would accept others too. */
function acceptHint({ via, client }: SessionRecord, clients: LogClients): string | null {
  const peer = via ?? client;
  if (peer === null) return null;
  if (peer.startsWith('unix')) return 'to accept it: --trust unix';
  const address = parseAddress(peer);
  if (clients !== 'full' || !('kind' in address) || address.kind !== 'tcp' || address.ip === null)
    return 'to accept it: its address in --trust';
  const ip = unmapped(address.ip);
  return `to accept it: --trust ${formatCidr({ ip, prefix: 8 * ip.length })}`;
}

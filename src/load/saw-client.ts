import { parseIp } from '../address/ip.ts';
import { unmapped } from '../address/v4-mapped.ts';
import type { Client } from './clients.ts';

/** Whether the answer of `herald echo` names this client. Anything that is no such answer does not. */
export function sawClient(answer: string, { ip, port }: Client): boolean {
  let client: { readonly address?: unknown; readonly port?: unknown } | null | undefined;
  try {
    client = JSON.parse(answer)?.client;
  } catch {
    return false;
  }
  if (client?.port !== port || typeof client.address !== 'string') return false;
  const seen = parseIp(client.address);
  return seen !== undefined && Buffer.compare(unmapped(seen), unmapped(ip)) === 0;
}

import { parseIp } from '../address/ip.ts';
import { unmapped } from '../address/v4-mapped.ts';
import type { PlayedClient } from './played-clients.ts';

/** Whom an answer names: the client itself, somebody else, or nobody. */
export type Sight = 'right' | 'wrong' | 'unknown';

/** Whether the answer of `herald echo` names this client. Anything that is no such answer tells nothing. */
export function sawClient(answer: string, { ip, port }: PlayedClient): Sight {
  let client: { readonly address?: unknown; readonly port?: unknown } | null | undefined;
  try {
    client = JSON.parse(answer)?.client;
  } catch {
    return 'unknown';
  }
  if (client === undefined) return 'unknown';
  if (client?.port !== port || typeof client.address !== 'string') return 'wrong';
  const seen = parseIp(client.address);
  return seen !== undefined && Buffer.compare(unmapped(seen), unmapped(ip)) === 0 ? 'right' : 'wrong';
}

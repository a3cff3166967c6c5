import { formatSocketAddress } from '../address/socket-address.ts';
import type { Pool } from '../endpoints/pool.ts';
import type { Endpoint } from '../endpoints/snapshot.ts';
import { readEndpointTlv } from '../wire/endpoint-tlv.ts';
import type { Client } from './client.ts';
import type { EndpointsInTurn, SessionRefusal } from './transparent-rules.ts';

/**
 * `--balance named`: the endpoint that the header of another Herald names, also if it is ejected; that Herald decides what follows if it
 * cannot be reached. Otherwise the refusal. LOCAL and headerless peers name none.
 */
export function namedEndpoint({ local, facts }: Client, pool: Pool): Endpoint | SessionRefusal {
  const named = local || facts === null ? 'absent' : readEndpointTlv(facts);
  if (named === 'absent') return unknown('none');
  if (named === 'malformed') return unknown(named);
  const text = formatSocketAddress(named.ip, named.port);
  const endpoint = pool.find(text);
  // One with a hop is on another node, and two Heralds would hand the session to each other for ever.
  return endpoint === null || endpoint.hop !== undefined ? unknown(text) : endpoint;
}

function unknown(detail: string): SessionRefusal {
  return { reason: 'endpoint_unknown', detail };
}

/** The named endpoint as the only one to try; none if it has left the pool since the client came. */
export class NamedInTurn implements EndpointsInTurn {
  readonly empty = null;
  #next: Endpoint | null;

  constructor(client: Client, pool: Pool) {
    const named = namedEndpoint(client, pool);
    this.#next = 'reason' in named ? null : named;
  }

  next(): Endpoint | null {
    const endpoint = this.#next;
    this.#next = null;
    return endpoint;
  }
}

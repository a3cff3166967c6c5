import { formatIp } from '../../address/ip.ts';
import { ipSetHas } from '../../address/ip-set.ts';
import { formatSocketAddress } from '../../address/socket-address.ts';
import type { PresentationPlan } from '../../plan/plan.ts';
import { type Client, cameByTls } from '../../session/client.ts';
import { type ChainFields, chainOf } from './chain-fields.ts';

/** The fields that tell an endpoint who the client is, the same for every request of a session. */
export class ClientFields {
  /** True where what the client says of others before it goes on. */
  readonly trusted: boolean;
  readonly #address: string;
  /** RFC 7239 §4: an address with a port stands in quotes, one of IPv6 in brackets besides. */
  readonly #element: string;
  readonly #port: string | undefined;
  readonly #proto: string;
  /** Names and values in turn, for a request that says nothing of others. */
  readonly #alone: readonly string[];

  /** The client is the one that is known after the header; one of a unix socket is `unknown` (RFC 7239 §6.2). */
  constructor(client: Client, plan: PresentationPlan) {
    const { source, destination } = client;
    this.trusted = source === null ? plan.forwardedTrustUnix : ipSetHas(plan.forwardedTrust, source.ip);
    this.#address = source === null ? 'unknown' : formatIp(source.ip);
    this.#proto = cameByTls(client) ? 'https' : 'http';
    this.#element = `for=${source === null ? 'unknown' : `"${formatSocketAddress(source.ip, source.port)}"`}`;
    this.#port = destination === null ? undefined : String(destination.port);
    const alone = `${this.#element};proto=${this.#proto}`;
    this.#alone = fieldsOf(this.#address, alone, this.#proto, this.#port, undefined);
  }

  /** The fields for one request. `fields` count where the client is trusted; then the client is put behind them. */
  of(fields: ChainFields | null): readonly string[] {
    if (fields === null || !this.trusted) return this.#alone;
    const { addresses, elements, reached, added, saysHow } = chainOf(fields);
    // Scheme, host and port belong together: to a part of them that a chain says, ours would be a lie.
    const how = saysHow ? reached : { proto: this.#proto, port: this.#port, host: undefined };
    const own = saysHow ? this.#element : `${this.#element};proto=${this.#proto}`;
    const [first, ...others] = [...elements, own];
    return fieldsOf(
      [...addresses, this.#address].join(', '),
      [first + added, ...others].join(', '),
      how.proto,
      how.port,
      how.host,
    );
  }
}

function fieldsOf(
  addresses: string,
  elements: string,
  proto: string | undefined,
  port: string | undefined,
  host: string | undefined,
): string[] {
  const fields = ['X-Forwarded-For', addresses];
  if (proto !== undefined) fields.push('X-Forwarded-Proto', proto);
  fields.push('Forwarded', elements);
  if (port !== undefined) fields.push('X-Forwarded-Port', port);
  if (host !== undefined) fields.push('X-Forwarded-Host', host);
  return fields;
}

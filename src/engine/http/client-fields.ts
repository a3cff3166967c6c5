import { formatIp } from '../../address/ip.ts';
import { ipSetHas } from '../../address/ip-set.ts';
import { formatSocketAddress } from '../../address/socket-address.ts';
import type { PresentationPlan } from '../../plan/plan.ts';
import { type Client, cameByTls } from '../../session/client.ts';
import { type ChainFields, chainOf } from './chain-fields.ts';

/** The fields that tell an endpoint who the client is. Made once a session. */
export class ClientFields {
  /** True if the fields about earlier hops that the client sends are kept (`--forwarded-trust`). */
  readonly trusted: boolean;
  readonly #address: string;
  /** RFC 7239 §4: an address with a port is quoted, and an IPv6 address is bracketed too. */
  readonly #element: string;
  readonly #port: string | undefined;
  readonly #proto: string;
  /** Names and values in turn, for a request without fields about earlier hops. */
  readonly #alone: readonly string[];

  /** `client` is the one that the PROXY header announced. A client of a unix socket is `unknown` (RFC 7239 §6.2). */
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

  /** The fields for one request. If the client is trusted, `fields` are kept and the client is appended to them. */
  of(fields: ChainFields | null): readonly string[] {
    if (fields === null || !this.trusted) return this.#alone;
    const { addresses, elements, reached, added, saysHow } = chainOf(fields);
    // Scheme, host and port belong together. If the chain has some of them, ours would describe another hop.
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

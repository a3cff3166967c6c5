import { formatIp } from '../../address/ip.ts';
import { ipSetHas } from '../../address/ip-set.ts';
import { formatSocketAddress } from '../../address/socket-address.ts';
import { type Client, cameByTls } from '../../proxy/client.ts';
import type { PresentationPlan } from '../../proxy/plan.ts';
import { forwardedOf, xForwardedForOf } from './chain-fields.ts';

/** What a request itself says of who came before it: raw values, in the order in which they came. */
export interface ChainFields {
  readonly xForwardedFor: string[];
  readonly forwarded: string[];
  readonly port: string[];
  readonly proto: string[];
  readonly host: string[];
}

/** The fields that tell an endpoint who the client is, the same for every request of a session. */
export class ClientFields {
  /** True where what the client says of others before it goes on. */
  readonly trusted: boolean;
  readonly #address: string;
  /** RFC 7239 §4: an address with a port stands in quotes, one of IPv6 in brackets besides. */
  readonly #element: string;
  readonly #port: string | null;
  readonly #proto: string;
  /** Names and values in turn, for a request that says nothing of others. */
  readonly #alone: readonly string[];

  /** The client is the one that is known after the header; one of a unix socket is `unknown` (RFC 7239 §6.2). */
  constructor(client: Client, plan: PresentationPlan) {
    const { source, destination } = client;
    this.trusted = source === null ? plan.forwardedTrustUnix : ipSetHas(plan.forwardedTrust, source.ip);
    this.#address = source === null ? 'unknown' : formatIp(source.ip);
    this.#proto = cameByTls(client) ? 'https' : 'http';
    const node = source === null ? 'unknown' : `"${formatSocketAddress(source.ip, source.port)}"`;
    this.#element = `for=${node};proto=${this.#proto}`;
    this.#port = destination === null ? null : String(destination.port);
    this.#alone = this.#fields(this.#address, this.#element, this.#port, this.#proto);
  }

  /** The fields for one request. `chain` counts where the client is trusted; then the client is put behind it. */
  of(chain: ChainFields | null): readonly string[] {
    if (chain === null || !this.trusted) return this.#alone;
    // An application reads one of the two: what only the other one says is said in both.
    const before = chain.xForwardedFor.length > 0 ? chain.xForwardedFor : xForwardedForOf(chain.forwarded);
    const elements = chain.forwarded.length > 0 ? chain.forwarded : forwardedOf(chain.xForwardedFor);
    return this.#fields(
      [...before, this.#address].join(', '),
      [...elements, this.#element].join(', '),
      // How the first of the chain was reached: one value, for that is what applications read.
      chain.port[0] ?? this.#port,
      chain.proto[0] ?? this.#proto,
    );
  }

  #fields(xForwardedFor: string, forwarded: string, port: string | null, proto: string): string[] {
    const fields = ['X-Forwarded-For', xForwardedFor, 'X-Forwarded-Proto', proto, 'Forwarded', forwarded];
    return port === null ? fields : [...fields, 'X-Forwarded-Port', port];
  }
}

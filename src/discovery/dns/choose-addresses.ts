import { formatIp } from '../../address/ip.ts';
import type { IpSet } from '../../address/ip-set.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import type { FamilyChoice } from '../address-rules.ts';
import { refuseOfName } from '../address-rules.ts';
import type { ResolvedNames } from './name-resolver.ts';

export interface Chosen {
  /** Of one family unless both are wanted, without duplicates. */
  readonly toDial: readonly Uint8Array[];
  /** Of both families, without duplicates. */
  readonly all: readonly Uint8Array[];
  /** Refused addresses with the reason, such as `0.0.0.0 (unspecified)`. */
  readonly refused: readonly string[];
}

/** P11 for names: a host with addresses of both families is dialed by one of them; with `auto`, IPv4 if it has that. */
export function chooseAddresses(
  found: readonly ResolvedNames[],
  family: FamilyChoice,
  cidrs: IpSet | null,
): Chosen {
  const all = new Map<string, Uint8Array>();
  const refused = new Set<string>();
  for (const ip of found.flatMap(({ ips }) => ips).map(unmapped)) {
    const text = formatIp(ip);
    const why = refuseOfName(ip, cidrs);
    if (why === null) all.set(text, ip);
    else refused.add(`${text} (${why})`);
  }
  const addresses = [...all.values()];
  const v4 = addresses.filter((ip) => ip.length === 4);
  const v6 = addresses.filter((ip) => ip.length === 16);
  const byChoice = { auto: v4.length > 0 ? v4 : v6, both: addresses, 4: v4, 6: v6 };
  return {
    toDial: byChoice[family],
    all: addresses,
    refused: [...refused].sort(),
  };
}

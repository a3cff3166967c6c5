/** Addresses that belong to somebody else, so that no endpoint may have one (G11): of nodes, of Services, of the API server. */
export interface ReservedAddresses {
  /** Whose the address is, in a few words; null: nobody's. */
  ownerOf(ipText: string): string | null;
  /** The addresses that `owner` has now, in canonical form. Returns those that are reserved now and were not, or the reverse. */
  set(owner: string, what: string, ips: readonly string[]): readonly string[];
}

interface Reserved {
  readonly what: string;
  readonly owners: number;
}

const NONE: readonly string[] = [];

export function createReservedAddresses(): ReservedAddresses {
  const byOwner = new Map<string, readonly string[]>();
  const byAddress = new Map<string, Reserved>();

  /** Returns whether the address has become reserved, or is not any more. */
  function count(ip: string, what: string, by: 1 | -1): boolean {
    const known = byAddress.get(ip);
    const owners = (known?.owners ?? 0) + by;
    if (owners === 0) byAddress.delete(ip);
    else byAddress.set(ip, { what: known?.what ?? what, owners });
    return known === undefined || owners === 0;
  }

  return {
    ownerOf: (ipText) => byAddress.get(ipText)?.what ?? null,
    set(owner, what, given) {
      const before = byOwner.get(owner) ?? NONE;
      const ips = [...new Set(given)];
      if (ips.length === 0) byOwner.delete(owner);
      else byOwner.set(owner, ips);
      const added = ips.filter((ip) => !before.includes(ip));
      const removed = before.filter((ip) => !ips.includes(ip));
      return [...added.filter((ip) => count(ip, what, 1)), ...removed.filter((ip) => count(ip, what, -1))];
    },
  };
}

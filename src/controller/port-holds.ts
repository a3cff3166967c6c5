/** Which namespace had each port last, so that nobody inherits 443 from another namespace by waiting (G2). */
export interface PortHolds {
  /** These ports are granted now, each to the namespace that has it. */
  granted(ports: ReadonlyMap<number, ReadonlySet<string>>, nowMs: number): void;
  /**
   * The only namespace that may open each port: the one that has it now, or had it until lately. Ports that several namespaces
   * have, at different addresses, are not in it.
   */
  held(nowMs: number): ReadonlyMap<number, string>;
  /** When the next hold ends; null: there is none. */
  readonly nextEndMs: number | null;
}

interface Hold {
  readonly namespace: string;
  readonly untilMs: number;
}

/** `holdMs`: `--port-hold`; 0 holds nothing. Times are milliseconds of one monotonic clock. */
export function createPortHolds(holdMs: number): PortHolds {
  let granted: ReadonlyMap<number, ReadonlySet<string>> = new Map();
  const holds = new Map<number, Hold>();

  function expire(nowMs: number): void {
    for (const [port, { untilMs }] of holds) if (untilMs <= nowMs) holds.delete(port);
  }

  return {
    granted(ports, nowMs) {
      expire(nowMs);
      for (const [port, namespaces] of granted) {
        // Two namespaces may have one port at two addresses; a port that one of them keeps is nobody's to wait for.
        const [namespace, ...others] = namespaces;
        if (ports.has(port) || namespace === undefined || others.length > 0 || holdMs === 0) continue;
        holds.set(port, { namespace, untilMs: nowMs + holdMs });
      }
      for (const port of ports.keys()) holds.delete(port);
      granted = ports;
    },
    held(nowMs) {
      expire(nowMs);
      const held = new Map([...holds].map(([port, { namespace }]) => [port, namespace]));
      for (const [port, [namespace, ...others]] of granted)
        if (namespace !== undefined && others.length === 0) held.set(port, namespace);
      return held;
    },
    get nextEndMs() {
      const ends = [...holds.values()].map(({ untilMs }) => untilMs);
      return ends.length === 0 ? null : ends.reduce((least, end) => Math.min(least, end));
    },
  };
}

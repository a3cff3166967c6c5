// The value of the TLV by which a Herald tells the Herald on another node to which endpoint it carries a session on.
//
//     0        6   7            7 + 4 or 16
//     ┌────────┬───┬────────────┬─────────┐
//     │ herald │ 1 │ address    │ port    │
//     └────────┴───┴────────────┴─────────┘

/** An endpoint as a header names it: an address of 4 or 16 bytes, and a port. */
export interface NamedEndpoint {
  readonly ip: Uint8Array;
  readonly port: number;
}

/** The name, and the version of the form. */
const PREFIX = Buffer.from('herald\x01', 'latin1');
const PORT_BYTES = 2;

/** How many bytes a value has: 13, or 25 with an IPv6 address. */
export function endpointValueBytes(ip: Uint8Array): number {
  return PREFIX.length + ip.length + PORT_BYTES;
}

/** Writes a value at `at`; returns `endpointValueBytes(ip)`. */
export function writeEndpointValue(target: Uint8Array, at: number, { ip, port }: NamedEndpoint): number {
  target.set(PREFIX, at);
  target.set(ip, at + PREFIX.length);
  const portAt = at + PREFIX.length + ip.length;
  target[portAt] = port >> 8;
  target[portAt + 1] = port;
  return portAt + PORT_BYTES - at;
}

/** The endpoint that a value names, with a view of its address; undefined if the value has another form. */
export function parseEndpointValue(value: Uint8Array): NamedEndpoint | undefined {
  const portAt = value.length - PORT_BYTES;
  const ipBytes = portAt - PREFIX.length;
  if (ipBytes !== 4 && ipBytes !== 16) return undefined;
  if (!PREFIX.every((byte, at) => byte === value[at])) return undefined;
  const port = ((value[portAt] as number) << 8) | (value[portAt + 1] as number);
  return { ip: value.subarray(PREFIX.length, portAt), port };
}

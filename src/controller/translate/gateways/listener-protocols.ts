/** What the protocol of a Gateway's listener means here. */
export interface ListenerProtocol {
  /** Two listeners on one port are distinct if their transports differ; null: not known. */
  readonly transport: 'tcp' | 'udp' | null;
  /** Kinds of the Gateway API's group whose routes are carried. */
  readonly routeKinds: readonly string[];
  /** Why it is not served, for the listener's condition; null if it is. */
  readonly refusal: string | null;
}

/** Where TLS and UDP will be served: their kinds of routes come into their rows, their listeners beside that of TCP. */
const PROTOCOLS: ReadonlyMap<string, ListenerProtocol> = new Map([
  ['TCP', { transport: 'tcp', routeKinds: ['TCPRoute'], refusal: null }],
  ['TLS', unserved('tcp', 'TLS listeners are not served yet; a TCP listener carries TLS as it comes')],
  ['UDP', unserved('udp', 'UDP listeners are not served yet')],
  ['HTTP', unserved('tcp', 'Herald does not route HTTP; a TCP listener carries HTTP as it comes')],
  ['HTTPS', unserved('tcp', 'Herald does not route HTTP; a TCP listener carries HTTPS as it comes')],
]);

const MAX_SHOWN = 64;

export function protocolOf(name: string): ListenerProtocol {
  return PROTOCOLS.get(name) ?? unserved(null, `protocol ${name.slice(0, MAX_SHOWN)} is not served; TCP is`);
}

function unserved(transport: 'tcp' | 'udp' | null, refusal: string): ListenerProtocol {
  return { transport, routeKinds: [], refusal };
}

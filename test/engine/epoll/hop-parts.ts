import type { ExecutionContext } from 'ava';
import { parseIp } from '../../../src/address/ip.ts';
import type { Endpoint } from '../../../src/endpoints/snapshot.ts';
import { HostAddresses } from '../../../src/shared-memory/host-addresses.ts';
import { endpointTlvBytes, writeEndpointTlv } from '../../../src/wire/endpoint-tlv.ts';
import { TLV } from '../../../src/wire/tlv.ts';
import type { Connection } from '../../helpers/connection.ts';
import {
  cidrs,
  ENGINE_DEFAULTS,
  EngineHarness,
  endpointAt,
  type PlanParts,
  TRUSTED,
} from '../../helpers/engine-harness.ts';
import type { Need } from '../../helpers/peer-installed.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { fromLinux } from '../../linux/on-linux.ts';
import { v2 } from '../../session/headers.ts';

const { createEpollEngine } = await fromLinux(() => import('../../../src/engine/epoll/epoll-engine.ts'));

/** To dial from a client's address; among addresses of loopback nothing has to be routed back. */
export const ROOT: Need = { missing: process.getuid?.() === 0 ? null : 'this process is not root' };

export const CLIENT = { address: '127.0.0.77', port: 51_234 };
export const DESTINATION = { address: '198.51.100.1', port: 443 };
/** What a balancer says of the client, to the Herald that picks an endpoint. */
export const ANNOUNCED = v2({ source: CLIENT, destination: DESTINATION });
export const ACKNOWLEDGED = Uint8Array.of(0x06);

/** The value of the TLV that names an endpoint. */
export function named(ip: string, port: number): Uint8Array {
  const address = parseIp(ip)!;
  const tlv = new Uint8Array(endpointTlvBytes(address));
  writeEndpointTlv(tlv, 0, { ip: address, port });
  return tlv.subarray(3);
}

/** The header that a hop gets for an endpoint, or one with another value in its place. */
export function hopHeader(value: Uint8Array, source = CLIENT, destination = DESTINATION): Uint8Array {
  return v2({ source, destination, tlvs: [{ type: TLV.HERALD_ENDPOINT, value }] });
}

/** An endpoint on another node: nobody listens there on this one. */
export function behind(hopPort: number, slot = 0, port = 80): Endpoint {
  return {
    ...endpointAt(port, slot, `127.9.9.${slot + 1}`),
    hop: { ip: parseIp('127.0.0.1')!, port: hopPort },
  };
}

const COMMON: PlanParts = {
  admission: TRUSTED,
  presentation: { form: 'transparent' },
  localClients: cidrs('127.0.0.0/8'),
};

async function startEngine(t: ExecutionContext, parts: PlanParts): Promise<EngineHarness> {
  const harness = await EngineHarness.start(
    ({ state, observer }) => {
      new HostAddresses(state.host).replace(cidrs('127.0.0.0/8'), cidrs());
      return createEpollEngine({ ...ENGINE_DEFAULTS, state, observer, threads: 1, lingerMs: 200 });
    },
    { ...COMMON, ...parts },
  );
  t.teardown(() => harness.stop());
  return harness;
}

export function startEndpoint(t: ExecutionContext): Promise<ScriptedEndpoint> {
  return ScriptedEndpoint.start().then((endpoint) => {
    t.teardown(() => endpoint.stop());
    return endpoint;
  });
}

async function acceptAll(hop: ScriptedEndpoint, take: (session: Connection) => void): Promise<never> {
  for (;;) take(await hop.accept());
}

/** Values in their order, for whoever waits for the next one. */
class Queue<T> {
  readonly #ready: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  push(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#ready.push(value);
    else waiting(value);
  }

  next(): Promise<T> {
    const ready = this.#ready.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** The Herald that picks an endpoint, with hops that the test plays, each for one endpoint. */
export async function startPicking(t: ExecutionContext, hops: number, parts: PlanParts = {}) {
  const played = await Promise.all(Array.from({ length: hops }, () => startEndpoint(t)));
  const endpoints = played.map(({ port }, slot) => behind(port, slot));
  const harness = await startEngine(t, { endpoints, ...parts });
  /** A client that has said who it is, and maybe more. */
  const come = async (bytes = ''): Promise<Connection> => {
    const client = await harness.connect();
    client.write(Buffer.concat([ANNOUNCED, Buffer.from(bytes)]));
    return client;
  };
  const queue = new Queue<{ readonly slot: number; readonly session: Connection }>();
  for (const [slot, hop] of played.entries()) void acceptAll(hop, (session) => queue.push({ slot, session }));
  /** The next session of any hop, once the hop has the header for its endpoint. Which hop is the first is left to chance. */
  const handed = async () => {
    const { slot, session } = await queue.next();
    const header = hopHeader(named(`127.9.9.${slot + 1}`, 80));
    t.deepEqual(await session.read(header.length), Buffer.from(header));
    return { hop: session, endpoint: `127.9.9.${slot + 1}:80` };
  };
  return { harness, come, handed };
}

/** The hop, with endpoints of its node. */
export async function startHop(t: ExecutionContext, parts: PlanParts = {}) {
  const endpoint = await startEndpoint(t);
  const harness = await startEngine(t, {
    balance: 'named',
    endpoints: [endpointAt(endpoint.port)],
    ...parts,
    admission: { ...TRUSTED, acceptProxy: 'v2', ...parts.admission },
  });
  /** A Herald that has sent a header, by default the one for the endpoint. */
  const hand = async (header = hopHeader(named('127.0.0.1', endpoint.port))): Promise<Connection> => {
    const peer = await harness.connect();
    peer.write(header);
    return peer;
  };
  return { endpoint, harness, hand };
}

/** Both Heralds, and an endpoint that the first one reaches by the second. */
export async function startChain(t: ExecutionContext, parts: PlanParts = {}) {
  const { endpoint, harness: hop } = await startHop(t);
  const { address } = hop.open[0]!;
  if (address.kind !== 'tcp') throw new Error('a hop listens on TCP');
  const picking = await startEngine(t, {
    endpoints: [{ ...endpointAt(endpoint.port), hop: { ip: parseIp('127.0.0.1')!, port: address.port } }],
    ...parts,
  });
  const come = async (bytes = ''): Promise<Connection> => {
    const client = await picking.connect();
    client.write(Buffer.concat([ANNOUNCED, Buffer.from(bytes)]));
    return client;
  };
  return { endpoint, hop, picking, come };
}

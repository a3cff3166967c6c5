import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { addressText } from '../address/address-text.ts';
import { formatIp, parseIp } from '../address/ip.ts';
import { formatSocketAddress, parseAddress } from '../address/socket-address.ts';
import type { ProcessOptions } from '../config/config.ts';
import { ConfigError, type ConfigProblem } from '../config/config-error.ts';
import type { GatewayOptions } from '../config/gateway-options.ts';
import { flagOf } from '../config/option.ts';
import type { KeptListener } from '../control/kept-listener.ts';
import { findAccess } from '../control/kubernetes-access.ts';
import type { ListenerSource } from '../control/listener-source.ts';
import { ownAddresses } from '../control/own-range-warnings.ts';
import { createSourceMaker, type SourceMaker } from '../control/source-registry.ts';
import { createGatewayControl, type GatewayIdentity } from '../controller/gateway-control.ts';
import { realClock } from '../discovery/discovery-clock.ts';
import type { KubernetesAccess } from '../discovery/kubernetes/access.ts';
import { createKubernetesClient } from '../discovery/kubernetes/api-client.ts';
import type { SourceRemark } from '../endpoints/endpoint-source.ts';
import type { NodeCapability } from '../endpoints/node-reach.ts';
import type { Host } from '../observe/host.ts';
import { askReached, dialReach } from '../ops/ask-reached.ts';
import type { RunningGateway } from '../ops/ops-views.ts';
import type { ConnectionLookup } from '../ops/reached.ts';
import { createMetricsAllow } from './metrics-allow.ts';
import { isQuiet } from './quiet-reach.ts';
import { reservedPorts, takenPorts } from './reserved-ports.ts';

/** The cluster as the source of listeners and of their endpoints. */
export interface Gateway extends ListenerSource, RunningGateway {
  /** Makes sources of endpoints from the watches that listeners come from. */
  readonly maker: SourceMaker;
  /** Resolves once the first set of listeners is in force. */
  readonly started: Promise<void>;
  /** What is in force is asked here from now on. */
  look(listeners: () => readonly KeptListener[]): void;
  /** What this node has proven, for others and for Events. Called before `start`. */
  presentBy(capability: NodeCapability): void;
  /** The drain begins. `isTakenOver`: a process of the same name serves in its place. */
  leave(isTakenOver: boolean): void;
  /** Resolves once the watches have ended, after `maker.stop`. */
  closed(): Promise<void>;
}

/** The name of the API in the log's field `source`. */
const API = 'kubernetes';

export interface GatewayParts {
  readonly options: GatewayOptions;
  readonly process: ProcessOptions;
  readonly host: Host;
  /** Ports that a predecessor of this process has open. */
  readonly inherited: ReadonlySet<number>;
  /** The address of `--metrics` with the port that it really has; null if it is not open. */
  readonly metrics: () => string | null;
}

/** Throws a `ConfigError` if there is no access to the API of Kubernetes, or this platform lacks what the options need. */
export async function createGateway(parts: GatewayParts): Promise<Gateway> {
  const { options, process, host, inherited } = parts;
  if (options.hopListen !== null && host.platform !== 'linux')
    throw new ConfigError([needsLinux(host.platform)]);
  const access = findAccess({ env: host.env, ...process });
  const client = createKubernetesClient(access);
  const lookUp = await connectionLookup(host.platform);
  let listeners = (): readonly KeptListener[] => [];
  const own = createOwnAddresses();
  let hear = (_of: string, _remark: SourceRemark) => {};
  const control = createGatewayControl({
    ...{ client, options, clock: realClock, random: Math.random },
    identity: identityOf(host, process, access),
    remark: (remark) => hear(API, remark),
    ownAddresses: own,
    reservedPorts: reservedPorts(process, options),
    takenPorts: takenPorts(inherited),
    askAt: () => reachableAt(parts.metrics(), own()),
    reach: {
      dial: async (target, timeoutMs) =>
        isQuiet(listeners(), target, addressesNow()) ? dialReach(target, timeoutMs) : null,
      ask: (target, dial, timeoutMs) => askReached(target, dial, timeoutMs, lookUp),
    },
  });
  let closing = Promise.resolve();
  const maker = createSourceMaker({
    env: host.env,
    ...process,
    kubernetes: {
      namespace: access.namespace,
      cluster: control.cluster,
      instances: control.instances,
      stop() {
        closing = control.close().then(() => client.stop());
      },
    },
  });
  const allowed = createMetricsAllow(options.metricsAllow, maker);
  return {
    started: control.started,
    listenerShare: options.listenerShare,
    metricsAllow: () => allowed.current,
    facts: control,
    lookUp,
    maker: {
      ...maker,
      get namespace() {
        return maker.namespace;
      },
      listen(given) {
        hear = given;
        maker.listen(given);
      },
    },
    look(given) {
      listeners = given;
    },
    presentBy: control.presentBy,
    start(offer) {
      void allowed.start(hear);
      control.start(offer);
    },
    leave: (isTakenOver) => control.leave(isTakenOver),
    async stop() {
      await Promise.all([allowed.stop(), control.stop()]);
    },
    closed: () => closing,
  };
}

function needsLinux(platform: string): ConfigProblem {
  const message = `is for objects that present transparent, which only Linux can: this is ${platform}`;
  return { code: 'needs_linux', option: flagOf('hopListen'), expected: 'Linux', got: platform, message };
}

/** None if the system cannot tell, for lack of descriptors. */
function addressesNow(): readonly Uint8Array[] {
  try {
    return ownAddresses();
  } catch {
    return [];
  }
}

/** A pod by what the downward API puts into its environment; any other process by its machine. */
function identityOf(
  { env, pid }: Host,
  { nodeName }: ProcessOptions,
  access: KubernetesAccess,
): GatewayIdentity {
  const { POD_NAME, POD_UID, POD_NAMESPACE } = env;
  const name = POD_NAME || hostname().toLowerCase();
  return {
    name,
    namespace: POD_NAMESPACE || access.namespace,
    node: nodeName,
    owner: POD_NAME && POD_UID ? { name: POD_NAME, uid: POD_UID } : null,
    process: `${name}_${pid}_${randomUUID()}`,
  };
}

/** The addresses of this machine. The system may refuse to tell them, for want of a descriptor: then they are the last ones known. */
export function createOwnAddresses(
  read: () => readonly Uint8Array[] = ownAddresses,
): () => readonly string[] {
  let last: readonly string[] = [];
  return () => {
    try {
      last = read().map((ip) => formatIp(ip));
    } catch {
      // It is asked again soon.
    }
    return last;
  };
}

/** Where other machines reach an address that is open here; null if they do not. */
function reachableAt(opened: string | null, own: readonly string[]): string | null {
  const address = opened === null ? null : parseAddress(opened);
  if (address === null || !('kind' in address) || address.kind !== 'tcp') return null;
  const isAny = address.ip === null || address.ip.every((byte) => byte === 0);
  if (!isAny) return own.includes(formatIp(address.ip!)) ? addressText(address) : null;
  const first = parseIp(own[0] ?? '');
  return first === undefined ? null : formatSocketAddress(first, address.port);
}

/** A kernel that cannot be asked tells nothing. */
async function connectionLookup(platform: string): Promise<ConnectionLookup> {
  if (platform !== 'linux') return () => null;
  try {
    const { tcpSocketExists } = await import('../linux/tcp-socket-exists.ts');
    return tcpSocketExists;
  } catch {
    return () => null;
  }
}

import { familyOf } from '../address/ip.ts';
import type { KnownEndpoint } from '../endpoints/known-endpoint.ts';
import type { EndpointReach, NodeCapability, NodeReach } from '../endpoints/node-reach.ts';
import type { Clock } from '../observe/clock.ts';
import type { Log } from '../observe/log.ts';
import type { NodePresents } from '../observe/scrape-input.ts';
import type { ListenerPlan, Plan } from '../plan/plan.ts';
import { errorOfListener, StartError, throwJoined } from '../plan/start-error.ts';
import { isLoopback } from '../session/presentable-client.ts';
import type { SharedState } from '../shared-memory/shared-state.ts';
import {
  faultsOf,
  followedOf,
  type HostNeeds,
  hasFamily,
  type JudgedEndpoint,
  type Whereabouts,
  withPlanned,
} from './host-needs.ts';
import { type EchoSources, faultText, NodeProof } from './node-proof.ts';
import type { TransparentHost } from './transparent-host.ts';

const FAMILIES = [4, 6] as const;

/** A listener in force, and every endpoint that its sources know. */
export interface FollowedListener {
  readonly plan: Pick<ListenerPlan, 'presentation'>;
  readonly pool: { readonly endpoints: readonly KnownEndpoint[] };
}

/**
 * What `--present transparent` needs of this host, for the plans of the keeper, and what it knows of this node.
 *
 *     ready(plan) ── no transparent listener ──▶ nothing of Linux is loaded
 *          └──────── some ──▶ TransparentHost ──┬─ transparent-probe: may this process bind a client's address; do routes exist
 *                │            (looks each second)├─ read-host-addresses: no client may claim one of this host's own
 *                │                               └─ read-near-addresses: clients whose answers would not pass through this host
 *                └─ with --node-echo ──▶ NodeProof ── family-proof: what does an echo on this node see; one for each family
 *
 * `herald routes` (run-routes) adds, removes and shows the rules and routes of transparent-routes and of node-routes, by netlink.
 */
export interface TransparentSupport {
  /** Rejects with a `StartError` that names the transparent listeners, if this machine lacks something that they need. */
  ready(plan: Plan): Promise<void>;
  /** These listeners are in force. */
  follow(listeners: readonly FollowedListener[]): void;
  /** Starts proving this node now, also without a transparent listener: other nodes need the result before there is one. Never rejects. Without echoes it does nothing. */
  prove(): Promise<void>;
  readonly reach: NodeReach & NodeCapability;
  /** The families that this node needs. Empty without transparent listeners. */
  presents(): readonly NodePresents[];
  /** Resolves once the sources of echoes have ended. */
  stop(): Promise<void>;
}

export interface TransparentParts {
  readonly log: Log;
  readonly clock: Clock;
  /** `--node-name` */
  readonly node: string | null;
  /** `--node-echo`; null: this node is not proven. */
  readonly echoes: EchoSources | null;
}

export function createTransparentSupport(
  state: Pick<SharedState, 'host' | 'routesMissing'>,
  { log, clock, node, echoes }: TransparentParts,
): TransparentSupport {
  const listeners: (() => void)[] = [];
  let host: TransparentHost | null = null;
  let proof: NodeProof | null = null;
  /** null: this host has not been asked yet, or there are no echoes. */
  let newProof: (() => NodeProof) | null = null;
  /** Whether others ask for this node, so that it is proven also without a transparent listener. */
  let isAsked = false;
  let followed: HostNeeds = { loopback: new Set(), attached: [], unnamed: [] };
  /** Whether an address was judged before this host could be asked. */
  let guessed = false;
  let opening: Promise<TransparentHost> | null = null;
  let isStopped = false;

  const changed = () => {
    if (!isStopped) for (const each of listeners) each();
  };
  const isProven = (family: 4 | 6) => proof?.verdict(family).state === 'proven';

  function whereIs({ ip, node: name }: JudgedEndpoint): Whereabouts {
    if (isLoopback(ip)) return 'loopback';
    // Answers of an address of this host itself do not come in by an interface, so nothing leads them to our socket.
    if (host?.isOwn(ip) === true) return 'elsewhere';
    if (name !== null) return name === node ? 'here' : 'elsewhere';
    if (host !== null) return host.isAttached(ip) ? 'here' : 'elsewhere';
    guessed = true;
    return 'here';
  }

  function fault(family: 4 | 6): string | null {
    if (echoes === null) return null;
    const verdict = proof?.verdict(family) ?? { state: 'unknown' };
    return verdict.state === 'proven' ? null : faultText(family, verdict);
  }

  function of(endpoint: JudgedEndpoint): EndpointReach {
    const where = whereIs(endpoint);
    if (where !== 'here') return where === 'loopback' ? 'direct' : where;
    // Until something is known the node is used: a successor must not refuse clients while it proves itself.
    return proof?.verdict(familyOf(endpoint.ip)).state === 'fault' ? 'incapable' : 'direct';
  }

  function open(): Promise<TransparentHost> {
    opening ??= load().catch((error) => {
      opening = null;
      throw error;
    });
    return opening;
  }

  async function load(): Promise<TransparentHost> {
    const { TransparentHost } = await import('./transparent-host.ts');
    const made = new TransparentHost(state, { log, changed, isProven });
    try {
      made.check(null);
      host = made;
      if (echoes !== null) await startProof(made, echoes);
    } catch (error) {
      host = null;
      made.stop();
      throw error;
    }
    return made;
  }

  async function startProof(made: TransparentHost, sources: EchoSources): Promise<void> {
    const { dialEcho } = await import('./dial-echo.ts');
    newProof = () =>
      new NodeProof({
        ...{ node, clock, log, changed },
        echoes: sources,
        host: {
          dial: dialEcho,
          isOwn: (ip) => made.isOwn(ip),
          isUnrouted: (ip) => made.isUnrouted(ip),
          strangerFor: (ip) => made.strangerFor(ip),
        },
        hasEndpoint: (family) => hasFamily(followed, family),
      });
    await sources.start(() => proof?.look());
  }

  function startProving(): void {
    if (isStopped) return;
    proof ??= newProof?.() ?? null;
    proof?.look();
  }

  function followAll(next: HostNeeds): void {
    followed = next;
    host?.follow(next);
    proof?.look();
  }

  return {
    async ready(plan) {
      const transparent = plan.listeners.filter(isTransparent);
      if (transparent.length === 0 || isStopped) return;
      const endpoints = transparent.flatMap(({ snapshot }) => snapshot.endpoints);
      try {
        const opened = await open();
        throwJoined(faultsOf(transparent, (family) => opened.check(family)));
      } catch (error) {
        if (!(error instanceof StartError) || error.listeners.size > 0) throw error;
        throwJoined(transparent.map(({ name }) => errorOfListener(name, error)));
      }
      // Those in force stay: the plan may be refused.
      followAll(withPlanned(followed, endpoints));
      startProving();
      if (guessed) changed();
      guessed = false;
    },
    follow(listeners) {
      const transparent = listeners.filter(({ plan }) => isTransparent(plan));
      if (host === null && transparent.length === 0) return;
      if (transparent.length === 0 && !isAsked) {
        // Nobody needs it any more: what it says would be no news, and no fault.
        proof?.stop();
        proof = null;
      }
      followAll(
        followedOf(
          transparent.flatMap(({ pool }) => pool.endpoints),
          whereIs,
        ),
      );
    },
    async prove() {
      if (echoes === null || isStopped) return;
      isAsked = true;
      try {
        await open();
        startProving();
      } catch (error) {
        log.error({ err: error }, 'this node cannot be proven');
      }
    },
    reach: {
      of,
      fault,
      isPending: (family) => echoes !== null && (proof?.isPending(family) ?? !isStopped),
      changed(listener) {
        listeners.push(listener);
      },
    },
    presents: () =>
      FAMILIES.filter((family) => proof?.isNeeded(family) ?? hasFamily(followed, family)).map((family) => {
        // An echo has seen it, whatever the routes seem to be.
        const isRouted = isProven(family) || host?.isRouteMissing(family) !== true;
        const why = fault(family) ?? (isRouted ? null : routesMissing(family));
        return { family: family === 4 ? 'ipv4' : 'ipv6', can: why === null, isProven: isProven(family), why };
      }),
    async stop() {
      isStopped = true;
      // What is being opened would stay open.
      await opening?.catch(() => {});
      proof?.stop();
      host?.stop();
      // A plan that is still made must not ask a socket that is closed.
      host = null;
      await echoes?.stop();
    },
  };
}

function routesMissing(family: 4 | 6): string {
  return `this node cannot present clients over IPv${family}: its rules or routes are missing, run "herald routes up --node"`;
}

function isTransparent({ presentation }: Pick<ListenerPlan, 'presentation'>): boolean {
  return presentation.form === 'transparent';
}

import { setTimeout as pause } from 'node:timers/promises';
import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { Program, type ProgramLine } from '../../helpers/program.ts';
import type { ClusterApi } from './cluster-api.ts';
import { type HeldVisit, hold, visit } from './gateway-client.ts';
import { NODE_IP, namespace, node } from './objects.ts';
import { type Pod, startPod } from './pod.ts';
import { startClusterApi } from './start-cluster-api.ts';

/** The namespace of Herald itself. */
export const OWN_NAMESPACE = 'herald';
export const NODE = 'node-a';
/** Ports of its ops addresses, as its manifest has them. */
export const METRICS_PORT = 9464;

/** What most tests start it with: what is required, and what makes them fast. */
export const USUAL_FLAGS = '--namespaces all --default-present none --publish nodes';

export interface WorldOptions {
  /** Objects that are there at the start, beside the namespaces and the node. */
  readonly objects?: readonly ApiObject[];
  readonly flags?: string;
  /** What stands before the program. */
  readonly prefix?: readonly string[];
  /** Variables of its environment, besides those of its pod. */
  readonly env?: Readonly<Record<string, string>>;
  /** Done to the API before Herald starts. */
  readonly prepare?: (api: ClusterApi) => void | Promise<void>;
  /** Does not wait for the ops address. */
  readonly isWaiting?: boolean;
}

/** `herald gateway` on the only node of a cluster, with pods and clients beside it. */
export interface World {
  readonly api: ClusterApi;
  readonly herald: Program;
  /** A pod that answers with whom it saw. */
  startPod(ip: string, port?: number): Promise<Pod>;
  /** Connects and tells: `10.1.0.1 saw 10.9.0.1`, or how it ended. */
  visit(port: number, from?: string): Promise<string>;
  /** The same until an answer fits; that one is returned. */
  visitUntil(port: number, fits: string | ((answer: string) => boolean)): Promise<string>;
  /** A connection that stays open. */
  hold(port: number): Promise<HeldVisit>;
  opened(name: string): Promise<ProgramLine>;
  /** Addresses of a Service's status, once there are so many. */
  ingress(name: string, count?: number): Promise<readonly object[]>;
  /** `Accepted=True Accepted`, of an object's status, once `fits` says so. */
  conditions(
    kind: string,
    name: string,
    fits: (texts: readonly string[]) => boolean,
  ): Promise<readonly string[]>;
  /** The first Event of this reason about an object: its message. */
  event(name: string, reason: string): Promise<string>;
  /** Reasons of all Events about an object so far, each once. */
  eventReasons(name: string): Promise<readonly string[]>;
  metric(line: RegExp): Promise<number>;
}

export async function startWorld(owner: Owner, options: WorldOptions = {}): Promise<World> {
  const { objects = [], flags = '', prefix = [], env = {}, prepare = () => {} } = options;
  const api = await startClusterApi(owner);
  for (const name of [OWN_NAMESPACE, 'shop', 'bank']) await api.put(namespace(name, { team: name }));
  await api.put(node(NODE, NODE_IP));
  for (const object of objects) await api.put(object);
  await prepare(api);
  const herald = startGateway(owner, api, flags, NODE, prefix, env);
  if (options.isWaiting !== true) await herald.logged(({ msg }) => msg === '--metrics is open');
  return worldOf(owner, api, herald);
}

/** One instance: the pod `herald-gateway-NODE` on a node. */
export function startGateway(
  owner: Owner,
  api: ClusterApi,
  flags = '',
  name = NODE,
  prefix: readonly string[] = [],
  further: Readonly<Record<string, string>> = {},
): Program {
  const ops = /--metrics[ =]/.test(flags) ? '' : `--metrics :${METRICS_PORT} --admin 127.0.0.1:9465`;
  const usual = flags.includes('--namespaces') ? '' : USUAL_FLAGS;
  return Program.spawn(owner, `gateway ${usual} ${ops} --kubeconfig ${api.kubeconfig} ${flags}`, {
    prefix,
    env: {
      ...further,
      NODE_NAME: name,
      POD_NAME: `herald-gateway-${name}`,
      POD_NAMESPACE: OWN_NAMESPACE,
      POD_UID: `6f2d3c5a-0000-4000-8000-0000000000${name.length}0`,
    },
  });
}

function worldOf(owner: Owner, api: ClusterApi, herald: Program): World {
  const world: World = {
    api,
    herald,
    startPod: (ip, port) => startPod(owner, ip, port),
    visit: (port, from) => visit(port, from),
    async visitUntil(port, fits) {
      const isFit = typeof fits === 'string' ? (answer: string) => answer === fits : fits;
      for (const end = Date.now() + PATIENCE_MS; ; await pause(LOOK_EVERY_MS)) {
        const answer = await visit(port);
        if (isFit(answer)) return answer;
        if (Date.now() > end) throw new Error(`port ${port} answers ${answer}\n${tail(herald)}`);
      }
    },
    hold: (port) => hold(port),
    opened: (name) => herald.logged(({ msg, listener }) => msg === 'listening' && listener === name),
    ingress: (name, count = 1) =>
      api.until(async () => {
        const [place = '', service = ''] = name.split('/');
        const status = (await api.get('Service', service, place))?.status;
        const ingress = (status as StatusOf | undefined)?.loadBalancer?.ingress ?? [];
        return ingress.length === count ? ingress : undefined;
      }),
    conditions: (kind, name, fits) =>
      api.until(async () => {
        const [place = '', object = ''] = name.includes('/') ? name.split('/') : ['', name];
        const texts = conditionsOf(await api.get(kind, object, place));
        return fits(texts) ? texts : undefined;
      }),
    event: (name, reason) =>
      api.until(async () => {
        const found = (await eventsOf(api, name)).find((each) => each.reason === reason);
        return found === undefined ? undefined : (found.message ?? found.note);
      }),
    eventReasons: async (name) => [...new Set((await eventsOf(api, name)).map(({ reason }) => reason))],
    async metric(line) {
      const text = await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text();
      const found = text.split('\n').find((each) => line.test(each));
      return Number(found?.split(' ').at(-1) ?? Number.NaN);
    },
  };
  return world;
}

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 20_000;

interface ConditionOf {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

interface StatusOf {
  readonly loadBalancer?: { readonly ingress?: readonly object[] };
  readonly conditions?: readonly ConditionOf[];
  readonly listeners?: readonly {
    readonly name: string;
    readonly conditions: readonly ConditionOf[];
    readonly attachedRoutes: number;
  }[];
  readonly parents?: readonly {
    readonly controllerName: string;
    readonly conditions: readonly ConditionOf[];
  }[];
}

type EventOf = ApiObject & {
  readonly reason: string;
  readonly message?: string;
  readonly note?: string;
  readonly involvedObject?: { readonly namespace?: string; readonly name: string };
  readonly regarding?: { readonly namespace?: string; readonly name: string };
};

async function eventsOf(api: ClusterApi, name: string): Promise<readonly EventOf[]> {
  const events = (await api.all('Event')) as readonly EventOf[];
  return events.filter((each) => {
    const about = each.involvedObject ?? each.regarding;
    return `${about?.namespace}/${about?.name}` === name;
  });
}

/** `Accepted=True Accepted`, with `main:` before those of a listener called main; and `main: 2 routes`. */
export function conditionsOf(object: ApiObject | undefined): readonly string[] {
  const { conditions = [], listeners = [], parents = [] } = (object?.status ?? {}) as StatusOf;
  const show = ({ type, status, reason }: ConditionOf) => `${type}=${status} ${reason}`;
  return [
    ...conditions.map(show),
    ...listeners.flatMap(({ name, conditions: own, attachedRoutes }) => [
      ...own.map((each) => `${name}: ${show(each)}`),
      `${name}: ${attachedRoutes} routes`,
    ]),
    ...parents
      .filter(({ controllerName }) => controllerName === 'herald/gateway')
      .flatMap((each) => each.conditions.map(show)),
  ];
}

export function tail({ stdout, stderr }: Program): string {
  return [...stdout, ...stderr].slice(-20).join('\n');
}

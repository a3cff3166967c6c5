import type { ListenerOptions } from '../../src/config/config.ts';
import type { GatewayOptions } from '../../src/config/gateway-options.ts';
import { createController, type Told } from '../../src/controller/controller.ts';
import type { ClusterObjects } from '../../src/controller/objects/cluster-objects.ts';
import { createOpenFailures } from '../../src/controller/open-failures.ts';
import { createPortHolds } from '../../src/controller/port-holds.ts';
import type {
  GatewayPlace,
  HopWish,
  ListenerWish,
  OpenWish,
} from '../../src/controller/translate/translation.ts';

const OWNER = { apiVersion: 'v1', kind: 'Service', name: 'web', uid: 'u' };

export function wish(name: string, port: number, namespace = 'shop'): ListenerWish {
  return {
    ...{
      name,
      object: `service ${name}`,
      namespace,
      listen: `:${port}`,
      port,
      owner: { ...OWNER, namespace },
    },
    ...{ settings: {}, to: [], refusesEmptyShares: false },
  };
}

/** The loop with a scripted translation, engine and clock. */
export function rig() {
  const timers = new Map<() => void, number>();
  const offers: string[][] = [];
  const told: Told[] = [];
  const errors: string[] = [];
  const places: GatewayPlace[] = [];
  const options = new Map<OpenWish, ListenerOptions>();
  const world = {
    now: 0,
    isSynced: true,
    owners: new Map<number, ReadonlySet<string>>(),
    isFull: false,
    wishes: [] as ListenerWish[],
    hop: undefined as HopWish | undefined,
    busy: new Map<string, string>(),
    /** Listeners that cannot have options. */
    broken: new Set<string>(),
    /** Called by each `tell`. */
    hear: () => {},
    /** How often objects were seen, and which of these times are over. */
    seen: 0,
    inForce: [] as number[],
    /** Awaited by each offer. */
    gate: Promise.resolve(),
  };
  const controller = createController({
    options: {} as GatewayOptions,
    now: () => world.now,
    after(ms, run) {
      timers.set(run, world.now + ms);
      return () => timers.delete(run);
    },
    objects: () => ({}) as ClusterObjects,
    isSynced: () => world.isSynced,
    translate(_, place) {
      places.push(place);
      return {
        ...{ listeners: world.wishes, statuses: [], events: [] },
        ...(world.hop === undefined ? {} : { hop: world.hop }),
      };
    },
    facts: () => ({
      ...{ ownAddresses: [], reservedPorts: new Map(), published: [], companions: new Map() },
      ...{ keepsIpMode: null, node: null, faults: new Map() },
    }),
    optionsOf(each) {
      if (world.broken.has(each.name)) return { why: 'no command line could have it' };
      const known = options.get(each) ?? ({ name: each.name } as ListenerOptions);
      options.set(each, known);
      return known;
    },
    holds: createPortHolds(600_000),
    owners: () => world.owners,
    failures: createOpenFailures(),
    seen() {
      const number = ++world.seen;
      return () => void world.inForce.push(number);
    },
    async offer(listeners) {
      offers.push(listeners.map(({ name }) => name));
      if (world.isFull) throw new Error('no memory for more listeners');
      await world.gate;
      return new Map([...world.busy].filter(([name]) => listeners.some((each) => each.name === name)));
    },
    tell(each) {
      told.push(each);
      world.hear();
    },
    failed: (error) => errors.push(error.message),
  });
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return {
    ...{ controller, world, offers, told, errors, places, settle, timers },
    request() {
      controller.request();
      return settle();
    },
    async advanceTo(now: number) {
      world.now = now;
      for (const [run, at] of [...timers]) {
        if (at > now) continue;
        timers.delete(run);
        run();
      }
      await settle();
    },
  };
}

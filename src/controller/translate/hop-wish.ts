import { formatSocketAddress } from '../../address/socket-address.ts';
import type { GatewayOptions } from '../../config/gateway-options.ts';
import type { SettingTexts } from '../../config/listener-from-texts.ts';
import { INSTANCES } from '../../config/values/endpoints.ts';
import type { ClusterObjects, ServiceObject } from '../objects/cluster-objects.ts';
import { serviceRef } from '../objects/object-path.ts';
import { compareText } from './claim.ts';
import type {
  DestinationWish,
  EventWish,
  GatewayPlace,
  HopWish,
  ListenerWish,
  TransparentWish,
} from './translation.ts';

// `herald/present: transparent` (G12): the listeners of such objects name the instances as hops, and each instance has one more
// listener, at which the others hand over sessions for the pods of its node:
//
//   instance on node A, listener shop/web:443 ── gateway:instances ──▶ instance on node B, listener `hop` ──▶ pod on node B

/** The name of the listener at which sessions are handed over. Those of objects have a slash. */
export const HOP_NAME = 'hop';

/** Settings of a listener, with the instances as its hops if it presents transparently. */
export function withHops(settings: SettingTexts): SettingTexts {
  return settings.present === 'transparent' ? { ...settings, hops: INSTANCES } : settings;
}

/** How a Service or a route gets rid of `ClientAddressNotPresented`: a clause. */
export function presentChoices({ hopListen }: Pick<GatewayOptions, 'hopListen'>): string {
  const headers = 'v1 or v2 if they read the PROXY protocol';
  return hopListen === null
    ? `set it to ${headers}, or to none`
    : `set it to transparent, to ${headers}, or to none`;
}

/** What a listener carries on transparently; nothing if it presents its clients otherwise. `services`: those of `to`. */
export function transparentOf(
  { settings, to }: Pick<ListenerWish, 'settings'> & { readonly to: readonly DestinationWish[] },
  services: readonly ServiceObject[],
): readonly TransparentWish[] {
  if (settings.present !== 'transparent') return [];
  return to.flatMap(({ endpoint }) => {
    const service = services.find(({ namespace, name }) => endpoint?.startsWith(`k8s:${namespace}/${name}:`));
    return endpoint === null || service === undefined ? [] : { endpoint, service };
  });
}

/**
 * How sessions are taken from other instances. The listener that the client came to limits clients and ends idle sessions: an idle
 * timeout here would end a session whose object allows a longer one. If there is no room here, the other instance tries another
 * endpoint at once.
 */
const SETTINGS: SettingTexts = {
  present: 'transparent',
  balance: 'named',
  acceptProxy: 'v2',
  trust: INSTANCES,
  headerTimeout: '3s',
  idleTimeout: '0',
  overLimit: 'refuse',
};

/** Wishes by the options that they were made with. */
const known = new WeakMap<GatewayOptions, { readonly text: string; readonly wish: HopWish }>();

/**
 * The listener of hops, for the endpoints of every Service that is served transparently; null if there is none: a port that nobody
 * needs is not opened. The same object as before while these are the same Services (G9).
 */
export function hopWish(transparent: readonly TransparentWish[], options: GatewayOptions): HopWish | null {
  const { hopListen } = options;
  if (hopListen === null || transparent.length === 0) return null;
  const endpoints = [...new Set(transparent.map(({ endpoint }) => endpoint))].sort(compareText);
  const families = ([4, 6] as const).filter((family) =>
    transparent.some(({ service: { ipFamilies } }) => ipFamilies.length === 0 || ipFamilies.includes(family)),
  );
  const text = `${families.join()} ${endpoints.join()}`;
  const last = known.get(options);
  if (last?.text === text) return last.wish;
  const { ip, port } = hopListen;
  const listener = {
    name: HOP_NAME,
    object: null,
    listen: ip === null ? `:${port}` : formatSocketAddress(ip, port),
    port,
    settings: SETTINGS,
    to: endpoints.map((endpoint) => ({ endpoint, weight: 1 })),
    refusesEmptyShares: false,
  };
  const wish = { listener, families };
  known.set(options, { text, wish });
  return wish;
}

/** An Event for each Service with ready pods on this node that this node cannot present clients to. */
export function faultEvents(
  transparent: readonly TransparentWish[],
  objects: Pick<ClusterObjects, 'readyNodes'>,
  { node, faults }: Pick<GatewayPlace, 'node' | 'faults'>,
): readonly EventWish[] {
  if (faults.size === 0 || node === null) return [];
  const services = new Set(transparent.map(({ service }) => service));
  return [...services].flatMap((service) => {
    const ready = objects.readyNodes(`${service.namespace}/${service.name}`);
    return ([4, 6] as const).flatMap((family): EventWish | readonly [] => {
      const why = faults.get(family);
      if (why === undefined || !(family === 4 ? ready.v4 : ready.v6).has(node)) return [];
      const message = `its pods on node ${node} get no sessions over IPv${family}: ${why}`;
      return { ref: serviceRef(service), type: 'Warning', reason: 'NodeCannotPresent', message };
    });
  });
}

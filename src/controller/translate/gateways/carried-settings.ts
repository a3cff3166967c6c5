import { annotationOf } from '../../../config/annotation-names.ts';
import { type SettingTexts, usableSettings } from '../../../config/listener-from-texts.ts';
import type { GatewayObject, RouteObject, ServiceObject } from '../../objects/cluster-objects.ts';
import { gatewayApiRef } from '../../objects/gateway-api.ts';
import { type ObjectRef, serviceRef } from '../../objects/object-path.ts';
import { type AnnotationRemark, type ReadAnnotations, readAnnotations } from '../annotations.ts';
import { presentChoices, withHops } from '../hop-wish.ts';
import type { EventWish, GatewayPlace } from '../translation.ts';
import type { RouteBackends } from './route-backends.ts';

/** Options of a listener, and what to say to those who wrote them. */
export interface CarriedSettings {
  readonly settings: SettingTexts;
  readonly events: readonly EventWish[];
}

type Options = GatewayPlace['options'];

/** Options that a Service of the class may have for its own listener: they do not concern a route to it. */
const OF_LISTENER: readonly string[] = ['acceptProxy', 'trust', 'headerless'];

/**
 * What the annotations say: those of the Gateway of how clients are taken; those of the route, else of the Services that it
 * names, of how they are carried on. A listener presents its clients in one way: where Services differ the first that says
 * anything decides, and the route is told. The result is the same object as before while all of them are the same objects.
 */
export function carriedSettings(
  gateway: GatewayObject,
  route: RouteObject | null,
  { services, to }: Pick<RouteBackends, 'services' | 'to'>,
  options: Options,
): CarriedSettings {
  const ofOptions = known.get(options) ?? new WeakMap<GatewayObject, WeakMap<object, Known>>();
  const ofGateway = ofOptions.get(gateway) ?? new WeakMap<object, Known>();
  known.set(options, ofOptions);
  ofOptions.set(gateway, ofGateway);
  const last = ofGateway.get(route ?? gateway);
  const isSame =
    last?.endpoints === to.length &&
    last.services.length === services.length &&
    last.services.every((each, index) => each === services[index]);
  if (last !== undefined && isSame) return last.carried;
  const carried = makeSettings(gateway, route, { services, to }, options);
  ofGateway.set(route ?? gateway, { services, endpoints: to.length, carried });
  return carried;
}

/** Settings that were made, with what they depend on besides the options, the Gateway and the route (G9). */
interface Known {
  readonly services: readonly ServiceObject[];
  readonly endpoints: number;
  readonly carried: CarriedSettings;
}

const known = new WeakMap<Options, WeakMap<GatewayObject, WeakMap<object, Known>>>();

function makeSettings(
  gateway: GatewayObject,
  route: RouteObject | null,
  { services, to }: Pick<RouteBackends, 'services' | 'to'>,
  options: Options,
): CarriedSettings {
  const usual = { present: options.defaultPresent };
  const gatewayRef = gatewayApiRef('Gateway', gateway);
  const routeRef = route === null ? gatewayRef : gatewayApiRef(route.kind, route, route.apiVersion);
  const ofGateway = readAnnotations(gateway, ['listener'], options, usual);
  const ofRoute = route === null ? null : readAnnotations(route, ['client'], options, usual);
  const ofServices = services.map((service) => readService(service, usual, options));
  const ownOfRoute = ofRoute === null ? {} : ownSettings(ofRoute);
  const shared = sharedSettings(ofServices, ownOfRoute, options);

  const top: SettingTexts = {
    ...usual,
    // With several Services there is no one to take it from.
    ...(to.length === 1 && services.length === 1 ? { affinity: 'service' } : {}),
    ...ownOfRoute,
    ...ownSettings(ofGateway),
  };
  // Right by itself, an option of a Service may be wrong next to one of the route, which wins, or of another Service.
  const isAlone = services.length < 2 && Object.keys(ownOfRoute).length === 0;
  const { settings, lines } = isAlone
    ? { settings: shared.settings, lines: [] }
    : usableSettings(shared.settings, top);
  const events = [
    ...eventsOf(gatewayRef, ofGateway.remarks),
    ...eventsOf(routeRef, ofRoute?.remarks ?? []),
    ...ofServices.flatMap(({ events }) => events),
    ...eventsOf(routeRef, [...shared.remarks, ...lines.map(invalid)]),
  ];
  const isSaid = Object.hasOwn(ownOfRoute, 'present') || Object.hasOwn(shared.settings, 'present');
  if (services.length > 0 && usual.present === 'none' && !isSaid) {
    events.push(notPresented(routeRef, options));
  }
  return { settings: withHops({ ...top, ...settings }), events };
}

interface ServiceSettings {
  readonly settings: SettingTexts;
  readonly events: readonly EventWish[];
}

/** Remarks on a Service of the class are its own listener's to say. */
function readService(service: ServiceObject, usual: SettingTexts, options: Options): ServiceSettings {
  const read = readAnnotations(service, ['client', 'listener'], options, usual);
  const isOfClass = service.type === 'LoadBalancer' && service.loadBalancerClass === options.class;
  const kept = Object.entries(ownSettings(read)).filter(([key]) => !OF_LISTENER.includes(key));
  const ref = serviceRef(service);
  return { settings: Object.fromEntries(kept), events: isOfClass ? [] : eventsOf(ref, read.remarks) };
}

function ownSettings({ settings, own }: ReadAnnotations): SettingTexts {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => own.has(key)));
}

/** Of the options that the route leaves to its Services: what the first of them says. */
function sharedSettings(
  services: readonly ServiceSettings[],
  ofRoute: SettingTexts,
  options: Options,
): { settings: SettingTexts; remarks: readonly AnnotationRemark[] } {
  const settings: { [key: string]: string } = {};
  const remarks: AnnotationRemark[] = [];
  for (const key of new Set(services.flatMap((service) => Object.keys(service.settings)))) {
    if (Object.hasOwn(ofRoute, key)) continue;
    const said = services.flatMap((service) => service.settings[key] ?? []);
    const used = said[0]!;
    settings[key] = used;
    // A pod that does not await a header would take it for its client's first bytes: not to say anything differs too.
    const silent = key === 'present' && said.length < services.length ? [options.defaultPresent] : [];
    const different = [...new Set([...said, ...silent])];
    if (different.length > 1) remarks.push(invalid(differenceText(key, different, used, options)));
  }
  return { settings, remarks };
}

function differenceText(
  key: string,
  values: readonly string[],
  used: string,
  { prefix }: Pick<Options, 'prefix'>,
): string {
  const name = `${prefix}${annotationOf(key)}`;
  return `the backends differ in ${name} (${values.join(', ')}), and ${used} is used: set it on the route to decide`;
}

function invalid(message: string): AnnotationRemark {
  return { reason: 'AnnotationInvalid', message };
}

function eventsOf(ref: ObjectRef, remarks: readonly AnnotationRemark[]): readonly EventWish[] {
  return remarks.map(({ reason, message }) => ({ ref, type: 'Warning', reason, message }));
}

function notPresented(ref: ObjectRef, options: Pick<Options, 'prefix' | 'hopListen'>): EventWish {
  const message = `pods see the address of a node instead of the client's, since ${options.prefix}present is set neither here nor on the Service: ${presentChoices(options)}`;
  return { ref, type: 'Warning', reason: 'ClientAddressNotPresented', message };
}

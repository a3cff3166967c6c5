import { gatewayApiRef } from '../../objects/gateway-api.ts';
import type { Verdicts } from '../claim.ts';
import { someOf } from '../translate-services.ts';
import type { EventWish, GatewayPlace, PublishedAddress } from '../translation.ts';
import type { GatewayPlan } from './gateway-plan.ts';

/**
 * What a Gateway is told of its addresses, as a Service of the class is. There is no `IpModeUnsupported`: no proxy of
 * the nodes reads the addresses of a Gateway. `ports`: those that are open. `named`: what its status names.
 */
export function addressEvents(
  { gateway, addresses: { published, unusable }, claims }: GatewayPlan,
  verdicts: Verdicts,
  ports: readonly number[],
  named: readonly PublishedAddress[],
  { options }: Pick<GatewayPlace, 'options'>,
): readonly EventWish[] {
  const ref = gatewayApiRef('Gateway', gateway);
  const events: EventWish[] = [];
  const warn = (reason: string, message: string) => events.push({ ref, type: 'Warning', reason, message });
  const textOf = (all: readonly PublishedAddress[]) => someOf(all.map(({ address }) => address));
  // What this instance could not open has an Event of its own.
  const granted = [...claims.values()].flat().filter((claim) => verdicts.get(claim)?.is === 'granted');
  for (const port of new Set(granted.map((claim) => claim.port))) {
    const failed = published.filter(({ failedPorts }) => failedPorts.includes(port));
    if (failed.length === 0) continue;
    warn('PortUnavailable', `port ${port} could not be opened on the node of ${textOf(failed)}`);
  }
  const bypassed = published.filter(({ bypassedPorts }) =>
    ports.some((port) => bypassedPorts.includes(port)),
  );
  if (bypassed.length > 0) {
    warn(
      'Bypassed',
      `connections to ${textOf(bypassed)} from another node do not reach Herald, so that this is not published: something on the nodes takes the address or the port for its own`,
    );
  }
  const why = unusable?.message ?? whyNone(published, options);
  if (ports.length > 0 && named.length === 0 && why !== null) {
    warn('NoAddresses', `there is no address to publish: ${why}`);
  }
  return events;
}

/** Null if the other Events say it. */
function whyNone(
  published: readonly PublishedAddress[],
  { addressClass }: GatewayPlace['options'],
): string | null {
  if (published.length > 0) return null;
  return addressClass === null
    ? 'no instance of this gateway has one that may be published'
    : `the balancer of ${addressClass} has not given one yet`;
}

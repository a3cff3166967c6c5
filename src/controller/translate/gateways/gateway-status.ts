import type { ClusterObjects } from '../../objects/cluster-objects.ts';
import { gatewayApiRef } from '../../objects/gateway-api.ts';
import { canonicalIp } from '../../objects/published-ip.ts';
import { namesCertificates } from '../../objects/read-gateway.ts';
import { type Claim, isEntitled, type Verdict, type Verdicts } from '../claim.ts';
import type {
  ConditionWish,
  EventWish,
  GatewayPlace,
  ListenerStatusWish,
  StatusWish,
} from '../translation.ts';
import { conditionOf } from './condition.ts';
import { openAddresses } from './gateway-addresses.ts';
import { addressEvents } from './gateway-events.ts';
import type { GatewayPlan } from './gateway-plan.ts';
import type { Finding, JudgedListener } from './judge-listeners.ts';

/** A listener with the verdicts on its claims counted in. */
interface ListenerOutcome {
  readonly judged: JudgedListener;
  /** Accepted=False. */
  readonly refusal: Finding | null;
  readonly conflict: Finding | null;
  /** Programmed=False. */
  readonly unprogrammed: Finding | null;
}

const RESOLVED: Finding = { reason: 'ResolvedRefs', message: 'All references are resolved' };

/** The status of a Gateway, and its Events for addresses. `attached`: how many routes each listener has. */
export function gatewayStatus(
  plan: GatewayPlan,
  verdicts: Verdicts,
  attached: (listener: JudgedListener) => number,
  objects: Pick<ClusterObjects, 'instances'>,
  place: Pick<GatewayPlace, 'options' | 'ownAddresses'>,
): { readonly status: StatusWish; readonly events: readonly EventWish[] } {
  const { gateway, listeners, addresses } = plan;
  const { options } = place;
  const isOpen = openClaims(verdicts, objects, place);
  const outcomes = listeners.map((judged) => outcomeOf(judged, plan, verdicts, isOpen));
  const refusal = plan.refusal ?? noListener(outcomes);
  const programmed = outcomes.filter(({ unprogrammed }) => unprogrammed === null);
  const ports = programmed.map(({ judged }) => judged.listener.port);
  const named = refusal === null ? openAddresses(addresses.published, ports, options.publishMax) : [];
  const status: StatusWish = {
    of: 'Gateway',
    ref: gatewayApiRef('Gateway', gateway),
    generation: gateway.generation,
    addresses: named.map(({ address, kind }) => ({
      type: kind === 'ip' ? 'IPAddress' : 'Hostname',
      value: address,
    })),
    conditions: [
      conditionOf('Accepted', refusal, acceptedText(outcomes)),
      conditionOf(
        'Programmed',
        unprogrammed(
          refusal,
          addresses.unusable,
          programmed.length,
          addresses.published.length,
          named.length,
        ),
        programmedText(outcomes),
      ),
    ],
    listeners: outcomes.map((outcome) => listenerStatus(outcome, attached(outcome.judged))),
  };
  return { status, events: plan.refusal === null ? addressEvents(plan, verdicts, ports, named, place) : [] };
}

function outcomeOf(
  judged: JudgedListener,
  plan: GatewayPlan,
  verdicts: Verdicts,
  isOpen: (claim: Claim) => boolean,
): ListenerOutcome {
  const { refusal, conflict, listener } = judged;
  const invalid = (message: string): Finding => ({ reason: 'Invalid', message });
  if (refusal !== null) return { judged, refusal, conflict, unprogrammed: invalid('It is not accepted') };
  const outcome = { judged, refusal, conflict };
  if (plan.refusal !== null) return { ...outcome, unprogrammed: invalid('The Gateway is not accepted') };
  if (plan.addresses.listenAt.length === 0) return { ...outcome, unprogrammed: plan.addresses.unusable };
  const claims = plan.claims.get(judged) ?? [];
  if (claims.some(isOpen)) return { ...outcome, unprogrammed: null };
  const failed = failedVerdict(claims.map((claim) => verdicts.get(claim)));
  const message =
    failed?.message ?? `port ${listener.port} could not be opened by the instance that has its address`;
  return {
    judged,
    refusal: { reason: 'PortUnavailable', message },
    conflict: failed?.reason === 'PortConflict' ? { reason: failed.reason, message } : null,
    unprogrammed: invalid('It is not accepted'),
  };
}

/** Of those that are refused: what cannot be opened comes first, for it may yet be. */
function failedVerdict(
  verdicts: readonly (Verdict | undefined)[],
): Extract<Verdict, { is: 'refused' }> | null {
  const refused = verdicts.filter((each) => each?.is === 'refused');
  return refused.find((each) => isEntitled(each)) ?? refused[0] ?? null;
}

/** Whether a claim's port is open: by what happened here, or by what the Leases tell of the instances that have its address. */
function openClaims(
  verdicts: Verdicts,
  { instances }: Pick<ClusterObjects, 'instances'>,
  { ownAddresses }: Pick<GatewayPlace, 'ownAddresses'>,
): (claim: Claim) => boolean {
  return (claim) => {
    const { address, port } = claim;
    const verdict = verdicts.get(claim);
    if (!isEntitled(verdict)) return false;
    const isOwn = address === null || ownAddresses.includes(address);
    if (isOwn && verdict?.is === 'granted') return true;
    return [...instances.values()].some(
      ({ isFresh, addresses, failedPorts }) =>
        isFresh &&
        !failedPorts.includes(port) &&
        (address === null || addresses.some((each) => canonicalIp(each) === address)),
    );
  };
}

/** A Gateway is accepted if it has a listener that is. */
function noListener(outcomes: readonly ListenerOutcome[]): Finding | null {
  if (outcomes.some(({ refusal }) => refusal === null)) return null;
  const message = outcomes.length === 0 ? 'It has no listener' : `None of its listeners is accepted`;
  return { reason: 'ListenersNotValid', message };
}

function acceptedText(outcomes: readonly ListenerOutcome[]): Finding {
  const refused = outcomes.filter(({ refusal }) => refusal !== null);
  if (refused.length === 0) return { reason: 'Accepted', message: 'All listeners are accepted' };
  const accepted = outcomes.filter(({ refusal }) => refusal === null);
  const conflicted = refused.filter(({ conflict }) => conflict !== null);
  const parts = [`accepted listeners: ${namesOf(accepted)}`, `not accepted: ${namesOf(refused)}`];
  if (conflicted.length > 0) parts.push(`conflicted: ${namesOf(conflicted)}`);
  return { reason: 'ListenersNotValid', message: parts.join('; ') };
}

function programmedText(outcomes: readonly ListenerOutcome[]): Finding {
  const open = outcomes.filter(({ unprogrammed }) => unprogrammed === null);
  return { reason: 'Programmed', message: `Open listeners: ${namesOf(open)}` };
}

function unprogrammed(
  refusal: Finding | null,
  unusable: Finding | null,
  programmed: number,
  known: number,
  named: number,
): Finding | null {
  if (refusal !== null) return { reason: 'Invalid', message: 'It is not accepted' };
  if (unusable !== null) return unusable;
  if (programmed === 0) return { reason: 'Invalid', message: 'None of its listeners is open' };
  if (named > 0) return null;
  const why =
    known === 0
      ? 'There is no address yet that clients could use'
      : 'At none of the addresses its ports are open and reached from another node';
  return { reason: 'AddressNotAssigned', message: why };
}

function listenerStatus(
  { judged, refusal, conflict, unprogrammed }: ListenerOutcome,
  attachedRoutes: number,
): ListenerStatusWish {
  const accepted = { reason: 'Accepted', message: 'It is accepted' };
  const open = { reason: 'Programmed', message: `Port ${judged.listener.port} is open` };
  return {
    name: judged.listener.name,
    supportedKinds: judged.supportedKinds,
    attachedRoutes,
    conditions: [
      conditionOf('Accepted', refusal, accepted),
      conditionOf('Programmed', unprogrammed, open),
      resolvedRefs(judged),
      conflicted(conflict),
    ],
  };
}

/** Certificates of a protocol that is not served are not looked at. */
function resolvedRefs({ invalidKinds, listener, isServed }: JudgedListener): ConditionWish {
  const isOpenQuestion = !isServed && invalidKinds === null && namesCertificates(listener);
  if (!isOpenQuestion) return conditionOf('ResolvedRefs', invalidKinds, RESOLVED);
  const message = 'Its certificates are not looked at, since its protocol is not served.';
  return { type: 'ResolvedRefs', status: 'Unknown', reason: 'Pending', message };
}

/** The one condition here that is good if it is False. */
function conflicted(conflict: Finding | null): ConditionWish {
  const nothing = { reason: 'NoConflicts', message: 'No other listener has its port' };
  const condition = conditionOf('Conflicted', conflict, nothing);
  return { ...condition, status: conflict === null ? 'False' : 'True' };
}

function namesOf(outcomes: readonly ListenerOutcome[]): string {
  return outcomes.map(({ judged }) => judged.listener.name).join(', ');
}

import type { PortSpan } from '../../config/gateway-options.ts';
import type { ClusterObjects, ObjectFacts } from '../objects/cluster-objects.ts';
import type { ObjectRef } from '../objects/object-path.ts';
import type { GatewayPlace, Settlement } from './translation.ts';

// Who gets a port (G2, G4). Each kind of object first makes claims, since a Service and a Gateway may want the same port;
// the claims of all are judged once, and each kind then makes its listeners, statuses and Events from the verdicts.

/** What an object asks for: one port on one address, or on every address. */
export interface Claim {
  /** The listener's name: `shop/web:443`. Two claims that overlap may have the same one, since one of them gets the port. */
  readonly name: string;
  /** `service shop/web:443`, for people. */
  readonly object: string;
  readonly ref: ObjectRef;
  /** The namespace whose port this is. */
  readonly namespace: string;
  /** 0: not known, which counts as the youngest. */
  readonly createdMs: number;
  readonly port: number;
  /** Canonical text; null: every address. */
  readonly address: string | null;
}

/**
 * `PortUnavailable`: it may have the port, but this instance could not open it. Its listener stays wished for, so that it is
 * tried again (G4). The reasons are those of Events; the message is one sentence without a period.
 */
export type Verdict =
  | { readonly is: 'granted' }
  | {
      readonly is: 'refused';
      readonly reason: 'PortConflict' | 'PortNotAllowed' | 'PortReserved' | 'PortHeld' | 'PortUnavailable';
      readonly message: string;
    };

export type Verdicts = ReadonlyMap<Claim, Verdict>;

/** The first half of translating a kind of object; the second one needs the verdicts on everybody's claims. */
export interface ClaimsOfKind {
  readonly claims: readonly Claim[];
  settle(verdicts: Verdicts): Settlement;
}

/** The first half for Services, and for Gateways: a pure function of its arguments. */
export type ClaimOfObjects = (objects: ClusterObjects, place: GatewayPlace) => ClaimsOfKind;

/** True if the claim has the port, also if this instance could not open it yet. */
export function isEntitled(verdict: Verdict | undefined): boolean {
  return verdict?.is === 'granted' || verdict?.reason === 'PortUnavailable';
}

const GRANTED: Verdict = { is: 'granted' };

/**
 * Judges the claims of all objects. What the operator forbids comes first, then ports that another namespace has or had until
 * lately; of the rest that overlap the oldest has the port (creationTimestamp, then namespace/name, then kind). A claim that is
 * refused stands in nobody's way. The order of the claims does not matter, but for two of one object that overlap: the
 * first has it.
 */
export function resolveClaims(claims: readonly Claim[], place: GatewayPlace): Verdicts {
  const verdicts = new Map<Claim, Verdict>();
  const byPort = new Map<number, Claim[]>();
  const elsewhere: Claim[] = [];
  for (const claim of claims) {
    const refused = forbidden(claim, place);
    if (refused !== null) {
      verdicts.set(claim, refused);
      continue;
    }
    if ((place.heldPorts.get(claim.port) ?? claim.namespace) !== claim.namespace) {
      elsewhere.push(claim);
      continue;
    }
    const others = byPort.get(claim.port);
    if (others === undefined) byPort.set(claim.port, [claim]);
    else others.push(claim);
  }
  const granted = new Map<number, readonly Claim[]>();
  for (const [port, rivals] of byPort) {
    const holders: Claim[] = [];
    granted.set(port, holders);
    for (const claim of rivals.length === 1 ? rivals : rivals.sort(byAge)) {
      const holder = holders.find((each) => overlaps(each, claim));
      if (holder !== undefined) {
        verdicts.set(claim, conflict(claim, holder));
        continue;
      }
      holders.push(claim);
      verdicts.set(claim, opened(claim, place));
    }
  }
  for (const claim of elsewhere) {
    const holder = granted.get(claim.port)?.find((each) => overlaps(each, claim));
    verdicts.set(claim, holder === undefined ? held(claim) : conflict(claim, holder));
  }
  return verdicts;
}

function forbidden({ port }: Claim, { options, reservedPorts }: GatewayPlace): Verdict | null {
  if (!options.ports.some(({ first, last }) => first <= port && port <= last)) {
    const message = `port ${port} is not one that this gateway may open: --ports is ${spansText(options.ports)}`;
    return { is: 'refused', reason: 'PortNotAllowed', message };
  }
  const reserved = reservedPorts.get(port);
  if (reserved !== undefined) {
    return { is: 'refused', reason: 'PortReserved', message: `port ${port} is never opened: ${reserved}` };
  }
  return null;
}

function held({ port }: Claim): Verdict {
  const message = `port ${port} was in use by another namespace and is held for it until --port-hold has passed`;
  return { is: 'refused', reason: 'PortHeld', message };
}

function opened({ name }: Claim, { failures }: GatewayPlace): Verdict {
  const failure = failures.get(name);
  return failure === undefined ? GRANTED : { is: 'refused', reason: 'PortUnavailable', message: failure };
}

/** Objects of other namespaces are not named: which ones exist is not everybody's to know (G16). */
function conflict({ port, namespace }: Claim, holder: Claim): Verdict {
  const who = holder.namespace === namespace ? holder.object : 'an object of another namespace';
  const message = `port ${port} is in use by ${who}, which had it first`;
  return { is: 'refused', reason: 'PortConflict', message };
}

function overlaps(one: Claim, other: Claim): boolean {
  return one.address === null || other.address === null || one.address === other.address;
}

function byAge(one: Claim, other: Claim): number {
  return (
    compareAge({ ...one.ref, createdMs: one.createdMs }, { ...other.ref, createdMs: other.createdMs }) ||
    compareText(one.ref.kind, other.ref.kind)
  );
}

/**
 * The older object first: by creationTimestamp, then by namespace/name. One without a readable timestamp does not become the
 * oldest by that, but the youngest.
 */
export function compareAge(one: AgedObject, other: AgedObject): number {
  const [first, second] = [one, other].map(({ createdMs }) => createdMs || Number.MAX_SAFE_INTEGER);
  return first! - second! || compareText(fullName(one), fullName(other));
}

type AgedObject = Pick<ObjectFacts, 'namespace' | 'name' | 'createdMs'>;

function fullName({ namespace, name }: AgedObject): string {
  return `${namespace}/${name}`;
}

/** Orders by code units, the same on every machine. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function spansText(spans: readonly PortSpan[]): string {
  return spans.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

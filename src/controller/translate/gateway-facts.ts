import type { ConditionWish, StatusWish, Translation } from './translation.ts';

/** How many objects of a kind concern this gateway. */
export interface ObjectCount {
  /** `service`, `gateway`, `gateway_class`, `tcp_route`. */
  readonly kind: string;
  /** Of a Service: one of its ports is served. Else: the condition Accepted. */
  readonly accepted: boolean;
  readonly count: number;
}

const KINDS: { readonly [of in StatusWish['of']]: string } = {
  Service: 'service',
  Gateway: 'gateway',
  GatewayClass: 'gateway_class',
  Route: 'tcp_route',
};

/** Counts the objects of a translation; every kind is in it, twice. */
export function countObjects({
  listeners,
  statuses,
}: Pick<Translation, 'listeners' | 'statuses'>): ObjectCount[] {
  const served = new Set(listeners.map(({ owner }) => owner.uid));
  const counts = new Map<string, number>();
  for (const status of statuses) {
    const key = `${KINDS[status.of]} ${isAccepted(status, served)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Object.values(KINDS).flatMap((kind) =>
    [true, false].map((accepted) => ({ kind, accepted, count: counts.get(`${kind} ${accepted}`) ?? 0 })),
  );
}

/** What a gateway found when it had read the cluster: one sentence. */
export function firstWords(counts: readonly ObjectCount[]): string {
  const found = Object.values(KINDS).flatMap((kind) => {
    const all = counts.filter((each) => each.kind === kind).reduce((sum, { count }) => sum + count, 0);
    return all === 0 ? [] : `${all} ${kind}`;
  });
  return `the cluster was read; objects for this gateway: ${found.join(', ') || 'none'}`;
}

function isAccepted(status: StatusWish, served: ReadonlySet<string>): boolean {
  if (status.of === 'Service') return served.has(status.ref.uid);
  if (status.of === 'Route') return status.parents.some(({ conditions }) => hasAccepted(conditions));
  return hasAccepted(status.conditions);
}

function hasAccepted(conditions: readonly ConditionWish[]): boolean {
  return conditions.some(({ type, status }) => type === 'Accepted' && status === 'True');
}

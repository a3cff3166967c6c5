import { cidrs, endpointAt, type PlanParts } from '../helpers/engine-harness.ts';
import { createCourses } from './scripted-carrier.ts';

export const ENDPOINTS = [endpointAt(8001, 0, '192.0.2.1'), endpointAt(8002, 1, '192.0.2.2')];
export const PLAIN: PlanParts = { endpoints: ENDPOINTS };
export const TRUSTED: PlanParts = {
  endpoints: ENDPOINTS,
  admission: { acceptProxy: 'any', trust: cidrs('10.0.0.0/8') },
};
export const OPTIONAL: PlanParts = {
  endpoints: ENDPOINTS,
  admission: { ...TRUSTED.admission, proxyHeader: 'optional' },
  presentation: { form: 'none' },
};
/** Clients whose first bytes would stand first at the endpoint. */
export const GUARDED: PlanParts = {
  endpoints: ENDPOINTS,
  admission: { acceptProxy: 'any', headerless: cidrs('10.0.0.0/8') },
  presentation: { form: 'none' },
};

/** A session of its own world, and how it ended. */
export function open(parts: PlanParts) {
  const world = createCourses(parts);
  const session = world.open();
  const ending = () => world.records().map(({ reason, detail }) => [reason, detail]);
  return { ...world, ...session, ending };
}

/** A session that relays. */
export function relaying(parts: PlanParts = PLAIN) {
  const session = open(parts);
  session.course.dialReached();
  session.carrier.take();
  return session;
}

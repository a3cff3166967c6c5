import { type AcceptOptions, type AcceptPlan, parseAcceptOptions } from '../../src/accept/accept-options.ts';

/** A plan with a shorter header timeout than the public face allows: a test cannot wait three seconds. */
export function shortPlan(options: Partial<AcceptOptions>, headerTimeoutMs: number): AcceptPlan {
  const plan = parseAcceptOptions({ trust: ['127.0.0.0/8'], ...options });
  return { ...plan, admission: { ...plan.admission, headerTimeoutMs } };
}

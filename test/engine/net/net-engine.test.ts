import test from 'ava';
import { createNetEngine } from '../../../src/engine/net/net-engine.ts';
import { monotonicMs } from '../../../src/shared-memory/monotonic-clock.ts';
import {
  type CreateEngine,
  ENGINE_DEFAULTS,
  EngineHarness,
  endpointAt,
} from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { rawCalls } from '../raw-calls.ts';
import { refusedForms } from '../refused-forms.ts';
import { acceptSuite, BYTES, comeAgainSuite } from '../suite-accept.ts';
import { admissionSuite } from '../suite-admission.ts';
import { balanceSuite } from '../suite-balance.ts';
import { candidateSuite } from '../suite-candidates.ts';
import { guardSuite } from '../suite-guard.ts';
import { handoverSuite } from '../suite-handover.ts';
import { headerlessSuite } from '../suite-headerless.ts';
import { headerSuite } from '../suite-headers.ts';
import { lifecycleSuite } from '../suite-lifecycle.ts';
import { limitSuite } from '../suite-limits.ts';
import { relayProperty } from '../suite-property.ts';
import { relaySuite } from '../suite-relay.ts';
import { resetSuite } from '../suite-resets.ts';

const create: CreateEngine = (parts) => createNetEngine({ ...ENGINE_DEFAULTS, ...parts });
const createBatching: CreateEngine = (parts) =>
  createNetEngine({ ...ENGINE_DEFAULTS, ...parts, ...rawCalls() });

admissionSuite(test, 'net', create);
handoverSuite(test, 'net', create, { presentation: { form: 'none' } });
guardSuite(test, 'net', create);
headerSuite(test, 'net', create);
relayProperty(test, 'net', create);
relaySuite(test, 'net', create);
resetSuite(test, 'net', create);
lifecycleSuite(test, 'net', create);
candidateSuite(test, 'net', create);
limitSuite(test, 'net', create);
headerlessSuite(test, 'net', create);
balanceSuite(test, 'net', create);
refusedForms(test, 'net', create, ['transparent', 'forwarded']);
comeAgainSuite(test, 'net', create, BYTES);
acceptSuite(test, 'net, in batches', createBatching, BYTES);
comeAgainSuite(test, 'net, in batches', createBatching, BYTES);
admissionSuite(test, 'net, in batches', createBatching);
lifecycleSuite(test, 'net, in batches', createBatching);
candidateSuite(test, 'net, in batches', createBatching);
limitSuite(test, 'net, in batches', createBatching);
relayProperty(test, 'net, in batches', createBatching);

for (const [what, other] of [
  ['', {}],
  [' of other timeouts', { connectMs: 1900 }],
] as const) {
  test(`net: deadlines are met while one plan${what} follows the other, faster than they are looked at`, async (t) => {
    let aheadMs = 0;
    const now = () => monotonicMs() + aheadMs;
    const endpoint = await ScriptedEndpoint.start();
    const plan = { endpoints: [endpointAt(endpoint.port)], presentation: { form: 'none' } } as const;
    const harness = await EngineHarness.start(
      (parts) => createNetEngine({ ...ENGINE_DEFAULTS, ...parts, now }),
      plan,
    );
    (await harness.connect()).write('x');
    t.is(await (await endpoint.accept()).readText(1), 'x');
    let reason: string | undefined;
    void harness.record().then((record) => {
      reason = record.reason;
    });
    aheadMs = 3_600_001;
    // Long enough for a busy machine; only a row that fails waits so long.
    const untilMs = performance.now() + 3000;
    for (let round = 0; reason === undefined && performance.now() < untilMs; round++) {
      await harness.apply({ ...plan, timeouts: round % 2 === 0 ? other : {} });
      await new Promise(setImmediate);
    }
    t.is(reason, 'idle_timeout');
    await harness.stop();
    await endpoint.stop();
  });
}

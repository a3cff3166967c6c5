import test from 'ava';
import { createInstanceLease } from '../../../src/controller/lease/instance-lease.ts';
import { createLeaderLease } from '../../../src/controller/lease/leader-lease.ts';
import { type ApiFailure, failure } from '../../../src/discovery/kubernetes/failure.ts';
import type { SourceRemark } from '../../../src/endpoints/endpoint-source.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { FakeApi, settled } from '../fake-api.ts';

// What the log has of Leases that cannot be written. The watches say that the API is away, and when it is back.

const LAST_S = 60;
const FORBIDDEN = failure('forbidden', 'as the test says');
const GATED = { ...failure('refused', 'nobody listens'), gated: true };

const KINDS = {
  instance: (api: FakeApi, say: (remark: SourceRemark) => void, clock = turnedClock()) => ({
    clock,
    lease: createInstanceLease({
      ...{ client: api.client, namespace: 'herald', name: 'herald-gateway-a', identity: 'a-1', clock },
      ...{ labels: {}, owner: null, remark: say },
      facts: () => ({
        ...{
          node: null,
          addresses: [],
          failedPorts: [],
          bypassed: [],
          isDraining: false,
          askAt: null,
          hop: null,
          hopFault: null,
        },
      }),
    }),
  }),
  leader: (api: FakeApi, say: (remark: SourceRemark) => void, clock = turnedClock()) => ({
    clock,
    lease: createLeaderLease({
      ...{ client: api.client, namespace: 'herald', name: 'herald-gateway', identity: 'a-1', clock },
      ...{ random: () => 0, changed() {}, remark: say },
    }),
  }),
};

for (const kind of ['instance', 'leader'] as const) {
  const start = (failures: readonly ApiFailure[]) => {
    const api = new FakeApi();
    api.answerNext(...failures);
    const remarks: SourceRemark[] = [];
    const { clock, lease } = KINDS[kind](api, (remark) => remarks.push(remark));
    lease.start();
    return {
      ...{ api, clock, lease },
      lines: () => remarks.filter(({ level }) => level === 'warn').map(({ code }) => code),
      async pass(seconds: number) {
        for (let passed = 0; passed < 4 * seconds; passed++) {
          clock.advance(250);
          await settled();
        }
      },
    };
  };
  const codeOf = (code: string) => (kind === 'instance' ? `instance_lease_${code}` : `lease_${code}`);

  test(`what keeps the Lease from being written is said once, however long it lasts: ${kind}`, async (t) => {
    const { pass, lines, api, lease } = start(Array.from({ length: 20 }, () => FORBIDDEN));
    await pass(LAST_S);
    t.true(api.requests.length > 20);
    t.deepEqual(lines(), [codeOf('forbidden')]);
    api.answerNext(FORBIDDEN);
    await pass(LAST_S);
    t.deepEqual(lines(), [codeOf('forbidden'), codeOf('forbidden')], 'after a success it is said again');
    await lease.stop();
  });

  test(`that no connection can be made is not said for the Lease as well: ${kind}`, async (t) => {
    const { pass, lines, api, lease } = start(Array.from({ length: 10 }, () => GATED));
    await pass(LAST_S);
    t.true(api.requests.length > 10);
    t.deepEqual(lines(), []);
    await lease.stop();
  });
}

test('a renewal without a response in time is said to be one', async (t) => {
  const remarks: SourceRemark[] = [];
  const api = new FakeApi();
  api.delay = () => new Promise(() => {});
  const { clock, lease } = KINDS.instance(api, (remark) => remarks.push(remark));
  lease.start();
  await settled();
  clock.advance(4000);
  await settled();
  t.deepEqual(
    remarks.map(({ code, message }) => [code, message.includes('no response within 4 s')]),
    [['instance_lease_timeout', true]],
  );
  const stopped = lease.stop();
  await settled();
  clock.advance(2000);
  await stopped;
});

import test from 'ava';
import { CERTIFICATE } from '../../helpers/certificate.ts';
import type { ScriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import { names, shopOf, startCluster } from './cluster-parts.ts';
import { OTHER_CERTIFICATE } from './other-certificate.ts';
import { FIRST_MS, SLICES } from './watch-parts.ts';

const SHORT_MS = 1000;
/** The time within which remarks are combined. */
const GATHER_MS = 3000;

const shops = (count: number) => (api: ScriptedKubernetes) => {
  for (const name of names(count)) for (const object of shopOf(name)) api.put(object);
};

// Remarks about the API as a whole, for any number of followers.

for (const over of ['http', 'h2'] as const) {
  test(`an API server that is away and comes back is one line at each end, for 500 Services: ${over}`, async (t) => {
    const { api, clock, follow, until, remarks } = await startCluster(t, shops(500), { over });
    const all = names(500).map((name) => follow(name));
    await until(() => all.every(({ isSynced }) => isSynced));
    await clock.until(SHORT_MS, 2);
    clock.advance(SHORT_MS);
    await api.close();
    for (const [round, ms] of [800, 1600, 3200].entries()) {
      await until(() => all.every(({ failures }) => failures >= 2 * round + 4));
      await clock.until(ms);
      clock.advance(ms);
    }
    await clock.until(6400);
    await api.open();
    clock.advance(6400);
    await clock.until(SHORT_MS, 2);
    clock.advance(SHORT_MS);
    await until(() => remarks.length === 2);
    t.deepEqual(
      remarks.map(({ level, code }) => [level, code]),
      [
        ['warn', 'api_refused'],
        ['info', 'api_back'],
      ],
    );
    t.regex(remarks[1]!.message, / can be read again after 13\.0 s and 4 failed attempts$/);
    t.true(api.requests.length <= 10, `${api.requests.length}`);
  });
}

test('W16: an outage is reported again when its cause changes', async (t) => {
  const { api, clock, follow, until, remarks } = await startCluster(t, shops(1));
  const one = follow('web-0');
  await until(() => one.isSynced);
  await clock.until(SHORT_MS, 2);
  clock.advance(SHORT_MS);
  for (let round = 0; round < 2; round++) api.answerNext('watch', SLICES, { status: 503 });
  api.answerNext('watch', SLICES, { status: 429 });
  api.answerNext('watch', SLICES, { status: 401 });
  api.breakWatches();
  for (const ms of [800, 1600, 3200, 6400]) {
    await clock.until(ms);
    clock.advance(ms);
  }
  await api.opened(SLICES, 1);
  await clock.until(SHORT_MS);
  clock.advance(SHORT_MS);
  await until(() => remarks.length >= 4);
  t.deepEqual(
    remarks.map(({ code }) => code),
    ['api_unavailable', 'api_throttled', 'api_unauthorized', 'api_back'],
  );
  t.regex(remarks[1]!.message, / still cannot be read \(throttled: /);
  t.regex(remarks[3]!.message, / can be read again after 13\.0 s and 4 failed attempts$/);
});

test('failures of lists that do not come from the server are combined into one remark', async (t) => {
  const { api, clock, follow, until, remarks } = await startCluster(t, (api) => {
    api.forbidden.add(SLICES);
    for (const name of names(20)) for (const object of shopOf('web', name)) api.put(object);
  });
  const all = names(20).map((name) => follow('web', name));
  await until(() => all.every(({ failures }) => failures === 1));
  await clock.until(GATHER_MS);
  for (const ms of [800, 1600, 600]) {
    clock.advance(ms);
    if (ms > 600) await clock.until(2 * ms, 20);
  }
  t.deepEqual(
    remarks.map(({ level, code }) => [level, code]),
    [['warn', 'slices_forbidden']],
  );
  const message =
    /^the EndpointSlices of web-0, web-1, .* and 12 more cannot be read \(forbidden: .*\); no endpoints are known yet$/;
  t.regex(remarks[0]!.message, message);
  api.forbidden.clear();
  clock.advance(3200);
  await api.opened(SLICES, 20);
  await clock.until(SHORT_MS, 20);
  clock.advance(SHORT_MS);
  await clock.until(GATHER_MS);
  clock.advance(GATHER_MS);
  t.deepEqual(
    remarks.map(({ code }) => code),
    ['slices_forbidden', 'slices_back'],
  );
});

test('W8: what a server forbids right after its start and then allows is not reported', async (t) => {
  const { api, clock, follow, until, remarks } = await startCluster(t, (api) => {
    shops(1)(api);
    api.forbidden.add(SLICES);
  });
  const one = follow('web-0');
  await until(() => one.failures === 1);
  await clock.until(FIRST_MS);
  api.forbidden.clear();
  clock.advance(FIRST_MS);
  await until(() => one.isSynced);
  await clock.until(SHORT_MS, 2);
  clock.advance(SHORT_MS);
  clock.advance(GATHER_MS);
  t.deepEqual(remarks, []);
});

test('a follower that stops during an outage does not report that the API is back', async (t) => {
  const { api, clock, follow, until, remarks } = await startCluster(t, shops(1));
  const one = follow('web-0');
  await until(() => one.isSynced);
  await clock.until(SHORT_MS, 2);
  clock.advance(SHORT_MS);
  await api.close();
  await until(() => one.failures >= 4);
  await one.stop();
  t.deepEqual(
    remarks.map(({ code }) => code),
    ['api_refused'],
  );
  await api.open();
});

test('W16: a server whose certificate is no longer trusted is distinguished from one that is unreachable', async (t) => {
  const files = { '/ca': CERTIFICATE.cert as string };
  const { api, clock, follow, until, remarks } = await startCluster(t, shops(1), {
    ...{ access: { ca: { file: '/ca' } }, files },
  });
  const one = follow('web-0');
  await until(() => one.isSynced);
  await clock.until(SHORT_MS, 2);
  clock.advance(SHORT_MS);
  await api.close();
  await until(() => remarks.length === 1);
  await clock.until(FIRST_MS);
  files['/ca'] = OTHER_CERTIFICATE;
  await api.open();
  clock.advance(FIRST_MS);
  await until(() => remarks.length === 2);
  t.deepEqual(
    remarks.map(({ code }) => code),
    ['api_refused', 'api_untrusted_server'],
  );
  await clock.until(2 * FIRST_MS);
  files['/ca'] = CERTIFICATE.cert;
  clock.advance(2 * FIRST_MS);
  await clock.until(SHORT_MS, 2);
  clock.advance(SHORT_MS);
  t.is(remarks[2]?.code, 'api_back');
});

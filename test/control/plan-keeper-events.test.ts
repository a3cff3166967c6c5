import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { ipSetHas } from '../../src/address/ip-set.ts';
import type { SourceName } from '../../src/config/config.ts';
import { evenly } from '../config/evenly.ts';
import { A, B, config, createKeeper, service, settled, WEB } from './keeper-parts.ts';
import { service as facts, known } from './known.ts';
import { tcp } from './scripted-config.ts';

test('the first event is a plan at once, and those soon after it are one more', async (t) => {
  const { maker, plans, clock, apply, endpoints } = createKeeper();
  await apply(config({ to: evenly(WEB) }));
  const source = maker.of(WEB.text);
  clock.advance(1000);
  source.tell([A, B]);
  await settled();
  t.is(plans.length, 2);
  for (const ip of ['10.0.0.3', '10.0.0.4', '10.0.0.5']) {
    clock.advance(10);
    source.tell([known(ip)]);
    await settled();
  }
  t.is(plans.length, 2);
  clock.advance(20);
  await settled();
  t.is(plans.length, 3);
  t.deepEqual(endpoints(), ['10.0.0.5:80']);
});

test('an event makes anew only the listeners that it is about', async (t) => {
  const { maker, plans, apply } = createKeeper();
  const other = service('other');
  await apply(
    config(
      { name: 'one', to: evenly(WEB) },
      { name: 'two', to: evenly(other) },
      { name: 'three', to: evenly(tcp(8001)) },
    ),
  );
  maker.of(other.text).tell([B]);
  await settled();
  const [before, after] = [plans.at(-2)!.listeners, plans.at(-1)!.listeners];
  t.deepEqual(
    after.map((plan, at) => plan === before[at]),
    [true, false, true],
  );
});

test('two listeners of one Service share its source, and both follow it', async (t) => {
  const { maker, apply, endpoints } = createKeeper();
  await apply(config({ name: 'one', to: evenly(WEB) }, { name: 'two', to: evenly(WEB) }));
  t.is(maker.made.size, 1);
  maker.of(WEB.text).tell([B]);
  await settled();
  t.deepEqual([endpoints(0), endpoints(1)], [['10.0.0.2:80'], ['10.0.0.2:80']]);
});

test('an event that changes nothing for the workers is no plan', async (t) => {
  const { maker, plans, apply, keeper } = createKeeper();
  await apply(config({ to: evenly(WEB) }));
  maker.of(WEB.text).tell([A, known('10.0.0.9', { ready: false, serving: false })]);
  await settled();
  t.is(plans.length, 1);
  t.is(keeper.listeners[0]?.pool.endpoints.length, 2);
});

test('a trust list that names a Service follows its addresses', async (t) => {
  const { maker, plans, apply } = createKeeper();
  const edge: SourceName = { kind: 'dns', text: 'dns:edge', host: 'edge', port: 0 };
  await apply(config({ trust: { cidrs: [], unix: false, names: [edge] } }), [A]);
  const trusts = (ip: string) => ipSetHas(plans.at(-1)!.listeners[0]!.admission.trust, parseIp(ip)!);
  t.deepEqual([trusts('10.0.0.1'), trusts('10.0.0.2')], [true, false]);
  maker.of('dns:edge').tell([B]);
  await settled();
  t.deepEqual([trusts('10.0.0.1'), trusts('10.0.0.2')], [false, true]);
  t.is(plans.at(-1)!.listeners[0]!.snapshot, plans[0]!.listeners[0]!.snapshot);
});

test('so does a list of proxies whose own X-Forwarded-For is believed', async (t) => {
  const { maker, plans, apply } = createKeeper();
  const edge: SourceName = { kind: 'dns', text: 'dns:edge', host: 'edge', port: 0 };
  await apply(config({ forwardedTrust: { cidrs: [], unix: false, names: [edge] } }), [A]);
  const [plan] = plans[0]!.listeners;
  const believes = (ip: string) =>
    ipSetHas(plans.at(-1)!.listeners[0]!.presentation.forwardedTrust, parseIp(ip)!);
  t.deepEqual([believes('10.0.0.1'), believes('10.0.0.2')], [true, false]);
  maker.of('dns:edge').tell([B]);
  await settled();
  t.deepEqual([believes('10.0.0.1'), believes('10.0.0.2')], [false, true]);
  t.is(plans.at(-1)!.listeners[0]!.admission.trust, plan!.admission.trust);
});

test('O1: ranges of a Service that is followed reach the plan as they come, change and go, without a reload', async (t) => {
  const { maker, plans, apply, clock } = createKeeper();
  await apply(config({ to: evenly(WEB), trafficPolicy: 'service' }));
  const allows = (text: string) => {
    const { allow } = plans.at(-1)!.listeners[0]!.admission;
    return allow === null || ipSetHas(allow, parseIp(text)!);
  };
  const tell = async (...sourceRanges: string[]) => {
    clock.advance(100);
    maker.of(WEB.text).tell([A], { service: facts(sourceRanges.length > 0 ? { sourceRanges } : {}) });
    await settled();
    return [allows('10.1.2.3'), allows('192.0.2.1'), plans.length];
  };
  t.deepEqual([allows('10.1.2.3'), plans.length], [true, 1]);
  t.deepEqual(await tell('10.0.0.0/8'), [true, false, 2]);
  t.deepEqual(await tell('10.0.0.0/8'), [true, false, 2]);
  t.deepEqual(await tell('192.0.2.0/24'), [false, true, 3]);
  t.deepEqual(await tell(), [true, true, 4]);
});

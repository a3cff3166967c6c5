import test from 'ava';
import { ALERTED_REASONS } from '../../src/observe/alerted-reasons.ts';
import { REASON_NAMES } from '../../src/plan/close-reason.ts';
import { CONNECT_FAILURES } from '../../src/plan/connect-failure.ts';
import { COUNTER, FAILURE_AT, HISTOGRAMS, observe, REASON_AT } from '../../src/shared-memory/counters.ts';

import { createScrape, series } from './scrape-parts.ts';

test('counters are summed over workers and told for each listener', async (t) => {
  const { row, lines } = createScrape();
  row(0)[COUNTER.opened] = 10;
  row(1)[COUNTER.opened] = 5;
  row(0)[COUNTER.ended] = 4;
  row(1, 1)[COUNTER.opened] = 2;
  row(0)[COUNTER.bytesToEndpoint] = 2 ** 40;
  row(0)[COUNTER.bytesToClient] = 9;
  row(0)[COUNTER.ejections] = 1;
  row(0)[COUNTER.ejectionsIgnored] = 2;
  row(0)[COUNTER.acceptErrors] = 3;
  const all = await lines();
  t.deepEqual(series(all, 'herald_sessions_opened_total'), ['{listener="web"} 15', '{listener="mail"} 2']);
  t.deepEqual(series(all, 'herald_sessions_active'), ['{listener="web"} 11', '{listener="mail"} 2']);
  t.deepEqual(series(all, 'herald_sessions_limit'), ['{listener="web"} 8000', '{listener="mail"} 8000']);
  t.deepEqual(series(all, 'herald_bytes_total').slice(0, 2), [
    '{listener="web",direction="to_endpoint"} 1099511627776',
    '{listener="web",direction="to_client"} 9',
  ]);
  t.is(series(all, 'herald_ejections_total')[0], '{listener="web"} 1');
  t.is(series(all, 'herald_ejections_ignored_total')[0], '{listener="web"} 2');
  t.is(series(all, 'herald_accept_errors_total')[0], '{listener="web"} 3');
  t.deepEqual(series(all, 'herald_records_dropped_total'), [' 5']);
  t.deepEqual(series(all, 'herald_log_dropped_total'), [' 7']);
});

test('whether a node presents clients is told for each family that it needs', async (t) => {
  t.deepEqual(series(await createScrape().lines(), 'herald_node_presents'), [
    '{family="ipv4"} 1',
    '{family="ipv6"} 0',
  ]);
  const none = await createScrape({ presents: () => [] }).lines();
  t.deepEqual(series(none, 'herald_node_presents'), []);
});

test('headers are told by version and kind', async (t) => {
  const { row, lines } = createScrape();
  row(0)[COUNTER.header1Proxy] = 1;
  row(0)[COUNTER.header2Proxy] = 3;
  row(0)[COUNTER.header2Local] = 4;
  row(0)[COUNTER.headerNone] = 5;
  t.deepEqual(series(await lines(), 'herald_headers_total').slice(0, 4), [
    '{listener="web",version="1",kind="proxy"} 1',
    '{listener="web",version="2",kind="proxy"} 3',
    '{listener="web",version="2",kind="local"} 4',
    '{listener="web",version="0",kind="none"} 5',
  ]);
});

test('a reason that never happened makes no series, but for those that alerts name', async (t) => {
  const { row, lines } = createScrape();
  row(0)[REASON_AT + REASON_NAMES.indexOf('client_reset')] = 3;
  row(1)[REASON_AT + REASON_NAMES.indexOf('untrusted')] = 2;
  row(1)[FAILURE_AT + CONNECT_FAILURES.indexOf('descriptors')] = 1;
  const all = await lines();
  const ofWeb = (name: string) => series(all, name).filter((line) => line.includes('"web"'));
  const names = REASON_NAMES.filter((name) => ALERTED_REASONS.has(name) || name === 'client_reset');
  const counts = new Map([
    ['untrusted', 2],
    ['client_reset', 3],
  ]);
  t.deepEqual(
    ofWeb('herald_sessions_closed_total'),
    names.map((name) => `{listener="web",reason="${name}"} ${counts.get(name) ?? 0}`),
  );
  for (const name of ['connect_refused', 'no_endpoint', 'no_local_endpoint', 'local_ports', 'header_absent'])
    t.true(ALERTED_REASONS.has(name), name);
  t.deepEqual(
    ofWeb('herald_connect_failures_total'),
    CONNECT_FAILURES.map((name) => `{listener="web",reason="${name}"} ${name === 'descriptors' ? 1 : 0}`),
  );
});

test('endpoints are a partition by state', async (t) => {
  const { lines } = createScrape();
  t.deepEqual(series(await lines(), 'herald_endpoints').slice(0, 4), [
    '{listener="web",state="usable"} 3',
    '{listener="web",state="standby"} 0',
    '{listener="web",state="ejected"} 1',
    '{listener="web",state="unusable"} 2',
  ]);
});

test('each worker tells its sessions over all listeners, and how often it was replaced', async (t) => {
  const { row, lines } = createScrape();
  row(0)[COUNTER.opened] = 10;
  row(0)[COUNTER.ended] = 4;
  row(0, 1)[COUNTER.opened] = 1;
  row(1, 1)[COUNTER.opened] = 2;
  row(2)[COUNTER.opened] = 5;
  const all = await lines();
  t.deepEqual(series(all, 'herald_worker_sessions'), [
    '{worker="0"} 7',
    '{worker="1"} 2',
    '{worker="main"} 5',
  ]);
  // The main thread is never replaced.
  t.deepEqual(series(all, 'herald_worker_restarts_total'), ['{worker="0"} 0', '{worker="1"} 3']);
});

test('a worker tells how long it has worked, and its share of the last while', async (t) => {
  const all = await createScrape().lines();
  t.deepEqual(series(all, 'herald_worker_busy_seconds_total'), [
    '{worker="0"} 1.5',
    '{worker="1"} 0',
    '{worker="main"} 0.25',
  ]);
  t.deepEqual(series(all, 'herald_worker_busy_ratio'), [
    '{worker="0"} 0.25',
    '{worker="1"} 0',
    '{worker="main"} 1',
  ]);
});

test('where nobody serves there is no worker to tell of', async (t) => {
  const all = await createScrape({ workers: () => [] }).lines();
  t.deepEqual(
    all.filter((line) => line.startsWith('herald_worker')),
    [],
  );
});

for (const [successful, value] of [
  [true, 1],
  [false, 0],
] as const) {
  test(`a last reload that was ${successful ? '' : 'not '}successful is ${value}, with the time of the last that was`, async (t) => {
    const { lines } = createScrape({ reload: () => ({ successful, at: 1_767_323_045.678 }) });
    const all = await lines();
    t.deepEqual(series(all, 'herald_config_last_reload_successful'), [` ${value}`]);
    t.deepEqual(series(all, 'herald_config_last_reload_success_timestamp_seconds'), [' 1767323045.678']);
  });
}

for (const [metric, name] of [
  ['herald_header_duration_seconds', 'headerDuration'],
  ['herald_connect_duration_seconds', 'connectDuration'],
  ['herald_session_duration_seconds', 'sessionDuration'],
] as const) {
  test(`${metric} has cumulative buckets in seconds, sum and count`, async (t) => {
    const { row, lines } = createScrape();
    const bounds = HISTOGRAMS[name];
    const first = bounds[0];
    const last = bounds.at(-1)!;
    observe(row(0), name, first);
    observe(row(1), name, first / 2);
    observe(row(0), name, last + 1);
    const all = await lines();
    const buckets = series(all, `${metric}_bucket`).filter((line) => line.includes('"web"'));
    t.is(buckets.length, bounds.length + 1);
    t.is(buckets[0], `{listener="web",le="${first / 1000}"} 2`);
    t.is(buckets.at(-2), `{listener="web",le="${last / 1000}"} 2`);
    t.is(buckets.at(-1), '{listener="web",le="+Inf"} 3');
    t.is(series(all, `${metric}_count`)[0], '{listener="web"} 3');
    t.is(series(all, `${metric}_sum`)[0], `{listener="web"} ${(first * 1.5 + last + 1) / 1000}`);
    t.is(series(all, `${metric}_sum`)[1], '{listener="mail"} 0');
  });
}

test('what sources have done is there by their names, and what they have not yet is not', async (t) => {
  const lines = await createScrape().lines();
  t.deepEqual(series(lines, 'herald_discovery_synced'), [
    '{discovery="k8s:shop/web:https"} 1',
    '{discovery="dns:web:80"} 0',
  ]);
  t.deepEqual(series(lines, 'herald_discovery_last_event_timestamp_seconds'), [
    '{discovery="k8s:shop/web:https"} 1767323000.5',
  ]);
  t.deepEqual(series(lines, 'herald_discovery_errors_total'), [
    '{discovery="k8s:shop/web:https",code="gone"} 2',
  ]);
});

test('a listener that checks nothing has no series of checks', async (t) => {
  const { source } = createScrape();
  const facts = source.listeners().map((listener) => ({ ...listener, probes: null }));
  const lines = await createScrape({ listeners: () => facts }).lines();
  t.deepEqual(series(lines, 'herald_probe_failures_total'), []);
  t.deepEqual(series(lines, 'herald_probe_down'), []);
});

test('the counters of a listener that has vanished go on, and what describes it does not', async (t) => {
  const { row, source, lines } = createScrape({ listeners: () => [], gone: () => [{ id: 1, name: 'mail' }] });
  row(0, 1)[COUNTER.opened] = 3;
  row(0, 1)[COUNTER.ended] = 2;
  t.is(source.listeners().length, 0);
  const all = await lines();
  t.deepEqual(series(all, 'herald_sessions_opened_total'), ['{listener="mail"} 3']);
  t.deepEqual(series(all, 'herald_sessions_active'), ['{listener="mail"} 1']);
  t.deepEqual(series(all, 'herald_session_duration_seconds_count'), ['{listener="mail"} 0']);
  for (const name of ['herald_sessions_limit', 'herald_endpoints', 'herald_probe_down'])
    t.deepEqual(series(all, name), [], name);
});

test('beyond a hundred listeners a histogram is one of the process, and counters are those of each', async (t) => {
  const [web] = createScrape().source.listeners();
  const listeners = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ ...web!, name: `n${at}` }));
  const few = createScrape({ listeners: () => listeners(100) });
  t.is(series(await few.lines(), 'herald_connect_duration_seconds_count').length, 100);
  const many = createScrape({ listeners: () => listeners(100), gone: () => [{ id: 1, name: 'gone' }] });
  observe(many.row(0), 'connectDuration', 3);
  const all = await many.lines();
  t.deepEqual(series(all, 'herald_connect_duration_seconds_count'), [' 1']);
  t.true(series(all, 'herald_connect_duration_seconds_bucket').includes('{le="+Inf"} 1'));
  t.is(series(all, 'herald_sessions_opened_total').length, 101);
});

test('a gateway tells of its objects, of its lead, of what it wrote and of its addresses; no other Herald does', async (t) => {
  const all = await createScrape().lines();
  t.deepEqual(series(all, 'herald_gateway_objects'), ['{kind="Service",accepted="true"} 3']);
  t.deepEqual(series(all, 'herald_gateway_leader'), [' 1']);
  t.deepEqual(series(all, 'herald_gateway_status_writes_total'), ['{result="written"} 4']);
  t.deepEqual(series(all, 'herald_gateway_bypassed_addresses'), [' 2']);
  t.deepEqual(series(all, 'herald_gateway_addresses_kept'), [' 1']);
  const none = await createScrape({ gateway: null }).lines();
  t.false(none.some((line) => line.includes('herald_gateway')));
});

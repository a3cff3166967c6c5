import test from 'ava';
import { METRICS } from '../../src/observe/metric-table.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { COUNTER, REASON_AT } from '../../src/shared-memory/counters.ts';

import { createScrape, series } from './scrape-parts.ts';

test('every metric of the table is there with its help and type, and no other of ours', async (t) => {
  const { row, lines } = createScrape();
  row(0)[REASON_AT] = 1;
  const all = await lines();
  t.true(METRICS.length > 10);
  for (const { name, type, help } of METRICS) {
    t.true(all.includes(`# HELP ${name} ${help}`), name);
    t.true(all.includes(`# TYPE ${name} ${type}`), name);
  }
  const typed = all.filter((line) => line.startsWith('# TYPE herald_'));
  t.is(typed.length, METRICS.length);
});

test('the labels of every series are those of the table', async (t) => {
  const { lines } = createScrape();
  const all = await lines();
  for (const { name, type, labels } of METRICS) {
    const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const suffix of suffixes) {
      const found = series(all, name + suffix);
      t.true(found.length > 0, name);
      const expected = suffix === '_bucket' ? [...labels, 'le'] : labels;
      for (const line of found) {
        t.deepEqual(
          [...line.matchAll(/(\w+)="/g)].map(([, label]) => label),
          expected,
          line,
        );
      }
    }
  }
});

test('build info names version, node, engine and configuration', async (t) => {
  const { lines } = createScrape();
  t.deepEqual(series(await lines(), 'herald_build_info'), [
    '{version="0.1.0",node="20.20.2",engine="net",config="0123456789ab"} 1',
  ]);
});

test('a name with quotes, backslashes and newlines can not break the text', async (t) => {
  const [web] = createScrape().source.listeners();
  const { lines } = createScrape({ listeners: () => [{ ...web!, name: 'a"b\\c\nd' }] });
  t.deepEqual(series(await lines(), 'herald_sessions_limit'), ['{listener="a\\"b\\\\c\\nd"} 8000']);
});

test('the metrics of the process are there, once, and a second Herald in it is no trouble', async (t) => {
  const first = createMetrics(createScrape().source);
  const second = createMetrics(createScrape().source);
  for (const metrics of [first, second]) {
    const text = await metrics.scrape();
    for (const name of [
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_seconds',
      'process_resident_memory_bytes',
    ]) {
      t.is(text.split(`# TYPE ${name} `).length, 2, name);
    }
  }
  t.is(first.contentType, 'text/plain; version=0.0.4; charset=utf-8');
});

test('our own are read at every scrape, those of the process at most once a second', async (t) => {
  const { row, source } = createScrape();
  let now = 0;
  const metrics = createMetrics(source, { now: () => now });
  const rest = (text: string) => text.slice(text.indexOf('# HELP process_cpu_user'));
  const first = await metrics.scrape();
  row(0)[COUNTER.opened] = 1;
  const again = await metrics.scrape();
  t.regex(again, /herald_sessions_opened_total\{listener="web"\} 1\n/);
  t.is(rest(again), rest(first));
  now = 1000;
  t.not(rest(await metrics.scrape()), rest(first));
});

test('the text is what Prometheus parses: each line a comment, empty, or name, labels and a number', async (t) => {
  const { lines } = createScrape();
  const all = await lines();
  t.is(all.at(-1), '');
  for (const line of all) {
    t.regex(
      line,
      /^(?:|# (?:HELP|TYPE) .*|[a-z_\d]+(?:\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (?:[-+.e\d]+|\+Inf|Nan))$/,
    );
  }
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse } from 'yaml';
import { ALERTED_REASONS } from '../../src/observe/alerted-reasons.ts';
import { METRICS } from '../../src/observe/metric-table.ts';
import { REASON_NAMES, reasonRow } from '../../src/plan/close-reason.ts';
import { isFailure } from '../../src/shared-memory/session-failures.ts';
import { K8S, OVERLAYS } from './overlays.ts';
import type { Fields } from './strategic-merge.ts';

/** What Prometheus itself puts on every series, on those of a pod, and on those of a histogram. */
const ADDED = ['job', 'instance', 'namespace', 'pod', 'container', 'le'];
/** The states of `herald_endpoints`. */
const STATES = ['usable', 'standby', 'ejected', 'unusable'];

function processMetrics(): readonly string[] {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry.getMetricsAsArray().map(({ name }) => name);
}

const OWN: ReadonlyMap<string, readonly string[]> = new Map([
  ...METRICS.map(({ name, labels }) => [name, labels] as const),
]);
const OF_PROCESS = processMetrics();

/** What an expression names that is not there: metrics, labels, reasons, states. */
function unknownIn(expr: string): string[] {
  const texts = [...expr.matchAll(/(\w+)(?:=~?|!=|!~)"([^"]*)"/g)];
  const bare = expr.replace(/"[^"]*"/g, '""');
  const unknown: string[] = [];
  let known: string[] = [...ADDED];
  for (const [, metric] of bare.matchAll(/\b((?:herald|process|nodejs)_\w+)/g)) {
    const name = metric!.replace(/_(bucket|sum|count)$/, '');
    const labels = OWN.get(metric!) ?? OWN.get(name);
    if (labels === undefined && !OF_PROCESS.includes(metric!)) unknown.push(metric!);
    known = [...known, ...(labels ?? [])];
  }
  const grouped = [...bare.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(', '));
  for (const label of [...grouped, ...texts.map(([, label]) => label!)])
    if (!known.includes(label)) unknown.push(label);
  for (const [, label, values] of texts) {
    const closed: readonly string[] | undefined = { reason: REASON_NAMES, state: STATES }[label!];
    const named = values!.split('|').filter((value) => closed !== undefined && !some(closed, value));
    unknown.push(...named);
  }
  return unknown;
}

/** True where the pattern, which is anchored as Prometheus has it, is one of these. */
function some(closed: readonly string[], pattern: string): boolean {
  return closed.some((value) => new RegExp(`^(?:${pattern})$`).test(value));
}

const { objects } = OVERLAYS.find(({ name }) => name === 'monitored')!;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly description: string };
}
const groups = objects
  .filter(({ kind }) => kind === 'PrometheusRule')
  .flatMap(({ spec }) => (spec as unknown as { groups: { rules: Rule[] }[] }).groups);
const rules = groups.flatMap((group) => group.rules);

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly {
    readonly expr: string;
    readonly refId: string;
    readonly legendFormat: string;
  }[];
}
interface Dashboard {
  readonly uid: string;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly Panel[];
}
const map = objects.find(({ kind }) => kind === 'ConfigMap')!;
const dashboard: Dashboard = JSON.parse(String((map.data as Fields)['herald.json']));

test('what an operator has to hear of has an alert', (t) => {
  const names = rules.map(({ alert }) => alert);
  t.is(new Set(names).size, names.length);
  for (const name of [
    'HeraldRefusesUntrustedPeers',
    'HeraldSessionsNearLimit',
    'HeraldWorkerBusy',
    'HeraldDiscoveryStale',
    'HeraldReloadFailed',
    'HeraldNoUsableEndpoints',
    'HeraldMostSessionsFail',
    'HeraldSessionsFail',
    'HeraldEndpointsDown',
    'HeraldDown',
    'HeraldDescriptorsNearLimit',
    'HeraldNodeCannotPresent',
    'HeraldGatewayWithoutLeader',
    'HeraldGatewayStatusWritesFail',
    'HeraldGatewayKeepsLastAddresses',
    'HeraldGatewayBypassed',
  ])
    t.true(names.includes(name), name);
});

/** Alerts of a gateway as a whole, whose instances are many: they stand for no single one. */
const OF_GATEWAYS = ['HeraldGatewayWithoutLeader'];

test('an alert of a gateway as a whole names its job', (t) => {
  const whole = rules.filter(({ alert }) => OF_GATEWAYS.includes(alert));
  t.is(whole.length, OF_GATEWAYS.length);
  for (const { alert, expr, annotations } of whole) {
    t.deepEqual(unknownIn(expr), [], alert);
    t.regex(expr, /\bby \(job, namespace\)/);
    t.true(annotations.summary.startsWith('{{ $labels.job }}: '));
  }
});

for (const { alert, expr, annotations } of rules.filter(({ alert }) => !OF_GATEWAYS.includes(alert))) {
  test(`${alert} asks for metrics that Herald has, of one Herald at a time`, (t) => {
    t.deepEqual(unknownIn(expr), []);
    t.regex(expr, /herald_\w/);
    for (const [, list] of expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)) {
      t.true(list!.startsWith('job, instance'), list);
    }
    // What every process may have is asked of Heralds alone.
    if (/\b(?:process|nodejs)_|\bup\b/.test(expr))
      t.regex(expr, /and on \(job, instance\) .*herald_build_info/);
    t.true(annotations.summary.startsWith('{{ $labels.job }} {{ or $labels.pod $labels.instance }}: '));
    // What a summary names has to be left by the expression.
    const grouped = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ');
    const named = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label!);
    for (const label of named) t.true(grouped?.includes(label) ?? true, label);
  });
}

/** Labels that Prometheus adds to every series of a target. */
const OF_TARGET = ['job', 'instance', 'namespace', 'pod'];

/** Labels of Herald's metrics in an expression, and of its target. */
function labelsOf(expr: string): ReadonlySet<string> {
  const metrics = METRICS.filter(({ name }) => new RegExp(`\\b${name}`).test(expr));
  return new Set<string>([...OF_TARGET, ...metrics.flatMap(({ labels }) => labels)]);
}

test('every label that an alert or a panel names is one of its metrics', (t) => {
  const texts = [
    ...rules.map(({ expr, annotations }) => {
      const named = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label!);
      return { expr, named };
    }),
    ...dashboard.panels.flatMap(({ targets }) =>
      targets.map(({ expr, legendFormat }) => {
        const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
        return { expr, named };
      }),
    ),
  ];
  t.true(texts.length > 20);
  for (const { expr, named } of texts) {
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(', '));
    const labels = labelsOf(expr);
    for (const label of [...named, ...grouped.filter((each) => each !== 'le')])
      t.true(labels.has(label), `${label} in ${expr}`);
  }
});

test('the rules for hosts are those of the cluster', (t) => {
  const text = readFileSync(join(K8S, '../monitoring/prometheus-rules.yaml'), 'utf8');
  t.deepEqual(parse(text), { groups });
});

test('a reason that alerts name has its series from the start', (t) => {
  const patterns = rules.flatMap(({ expr }) =>
    [...expr.matchAll(/reason=~?"([^"]*)"/g)].flatMap(([, values]) => values!.split('|')),
  );
  const named = REASON_NAMES.filter((reason) => patterns.some((pattern) => some([reason], pattern)));
  t.true(named.length > 10);
  for (const reason of named) t.true(ALERTED_REASONS.has(reason), reason);
  for (const reason of REASON_NAMES.filter(isFailure))
    t.is(named.includes(reason), reasonRow(reason).phase === 'connect', reason);
});

test('the first row of the dashboard says who is up, how many sessions fail, and how many endpoints are left', (t) => {
  const first = dashboard.panels.filter(({ gridPos }) => gridPos.y === 0);
  t.deepEqual(
    first.map(({ title }) => title),
    ['Up', 'Sessions that fail', 'Usable endpoints'],
  );
});

test('no panel sums hosts, and each asks for the jobs and instances that were chosen', (t) => {
  for (const { title, targets } of dashboard.panels) {
    for (const { expr } of targets) {
      t.true(expr.includes('{job=~"$job",instance=~"$instance"'), title);
      for (const [, list] of expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g))
        t.true(list!.startsWith('job, instance'), `${title}: ${list}`);
      t.notRegex(expr, /\bsum \(|\bsum\(/, title);
    }
  }
  t.deepEqual(
    dashboard.templating.list.map(({ name }) => name),
    ['datasource', 'job', 'instance'],
  );
});

test('the dashboard has panels, each of a place of its own, with metrics that Herald has', (t) => {
  t.true(dashboard.panels.length >= 10);
  t.is(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
  t.is(
    new Set(dashboard.panels.map(({ gridPos }) => `${gridPos.x} ${gridPos.y}`)).size,
    dashboard.panels.length,
  );
  for (const { title, description, targets, gridPos } of dashboard.panels) {
    t.true(description.endsWith('.'), title);
    t.true(gridPos.x + gridPos.w <= 24, title);
    t.true(targets.length > 0, title);
    t.is(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    for (const { expr } of targets) t.deepEqual(unknownIn(expr), [], title);
  }
});

test('the dashboard asks for no variable that it does not have', (t) => {
  const has = [...dashboard.templating.list.map(({ name }) => name), '__rate_interval', '__all'];
  const used = [...JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)].map(([, name]) => name!);
  t.deepEqual(
    used.filter((name) => !has.includes(name)),
    [],
  );
});

test('the monitor finds every pod with a port for metrics', (t) => {
  const [monitor] = objects.filter(({ kind }) => kind === 'PodMonitor');
  t.deepEqual((monitor!.spec as Fields).selector, { matchLabels: { 'app.kubernetes.io/part-of': 'herald' } });
  t.like((monitor!.spec as { podMetricsEndpoints: Fields[] }).podMetricsEndpoints[0], {
    port: 'metrics',
    path: '/metrics',
  });
});

test('a metric, a label, a reason or a state that is not there would be found', (t) => {
  t.deepEqual(unknownIn('herald_sessions'), ['herald_sessions']);
  t.deepEqual(unknownIn('process_fds > 1'), ['process_fds']);
  t.deepEqual(unknownIn('sum by (worker) (herald_sessions_active)'), ['worker']);
  t.deepEqual(unknownIn('herald_sessions_closed_total{reason=~"untrusted|unknown"}'), ['unknown']);
  t.deepEqual(unknownIn('herald_endpoints{state="ready"}'), ['ready']);
  t.deepEqual(unknownIn('herald_sessions_closed_total{reason=~"connect_.*|dial_.*",reason!="prob"}'), [
    'dial_.*',
    'prob',
  ]);
  t.deepEqual(unknownIn('rate(herald_connect_duration_seconds_bucket{listener="a"}[5m])'), []);
});

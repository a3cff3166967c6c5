import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slice, sliceEndpoint } from '../helpers/kubernetes-objects.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { type Owner, shared } from '../helpers/peer-owner.ts';
import { PROMETHEUS, Prometheus } from '../helpers/peer-prometheus.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { Program } from '../helpers/program.ts';
import { scriptedKubernetes } from '../helpers/scripted-kubernetes.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { kubeconfigOf } from './kubernetes/world.ts';
import { startPlainServer } from './plain-server.ts';
import { visit } from './visit.ts';

const withPrometheus = testWith([PROMETHEUS]);
const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const RULES = readFileSync(at('monitoring/prometheus-rules.yaml'), 'utf8');
const DASHBOARD = JSON.parse(readFileSync(at('k8s/components/monitoring/dashboard.json'), 'utf8'));
const FORBID_KOFFI = fileURLToPath(new URL('../helpers/forbid-koffi.js', import.meta.url));

/** Herald after Herald, each with metrics at a port of its own. */
async function startHerald(owner: Owner, command: string, options = {}) {
  const herald = await Program.start(
    owner,
    `${command} --listen 127.0.0.1:0 --metrics 127.0.0.1:0 --admin none`,
    options,
  );
  const metrics = herald.opsPort('metrics');
  return { herald, metrics, instance: `127.0.0.1:${metrics}`, visit: () => visit({ port: herald.port() }) };
}

type Started = Awaited<ReturnType<typeof startHerald>>;

/** How Herald is run: all that is idle and well. */
const KINDS: { readonly [kind: string]: { readonly command: string; readonly options?: object } } = {
  edge: { command: 'edge --present none --threads 2' },
  sidecar: { command: 'sidecar --present none --trust 127.0.0.2 --headerless 127.0.0.0/8' },
  forwarded: { command: 'edge --present forwarded' },
  fallback: {
    command: 'edge --present none --threads 2',
    options: { env: { NODE_OPTIONS: `--import ${FORBID_KOFFI}` } },
  },
};

/** Engines whose endpoints are gone. */
const OUTAGES = {
  epoll: 'edge --present none --engine epoll',
  net: 'edge --present none --engine net',
  http: 'edge --present forwarded',
};

/** One before the API of Kubernetes, which has failed once. */
async function startWatching(owner: Owner): Promise<Started> {
  const api = await scriptedKubernetes();
  owner.teardown(() => api.close());
  api.put(slice('web-1', [sliceEndpoint('10.1.0.1')]));
  api.answerNext('list', 'EndpointSlice', { status: 500 });
  const kubeconfig = join(await folderFor(owner), 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigOf(api.url));
  return startHerald(owner, `edge --to k8s:shop/web:http --present none --kubeconfig ${kubeconfig}`);
}

const scraped = shared(async (owner) => {
  const [alive, ...dead] = await Promise.all([startPlainServer(owner), unusedPort(), unusedPort()]);
  const start = (commands: readonly (readonly [string, (object | undefined)?])[]) =>
    Promise.all(commands.map(([command, options]) => startHerald(owner, command, options)));
  const well = await start(
    Object.values(KINDS).map(({ command, options }) => [`${command} --to 127.0.0.1:${alive}`, options]),
  );
  const out = await start(
    Object.values(OUTAGES).map((command) => [
      `${command} --to ${dead.map((port) => `127.0.0.1:${port}`)} --access-log none`,
    ]),
  );
  const watching = await startWatching(owner);
  const ports = (heralds: readonly Started[]) => heralds.map(({ metrics }) => metrics);
  const prometheus = await Prometheus.start(
    owner,
    [
      { job: 'herald', ports: ports([...well, ...out, watching]) },
      // A second one that scrapes the same, at other times.
      { job: 'again', ports: ports(well), intervalMs: 700 },
    ],
    RULES,
  );
  return { prometheus, well, out };
});

/** More than each window of the rules, in the time that passes here. */
const WINDOW = '12s';

withPrometheus(
  'no alert fires of a Herald that is idle and well, whatever it is and whoever else scrapes it',
  async (t) => {
    const { prometheus, well } = await scraped();
    for (const { visit } of well) await visit();
    const seen = `min(count_over_time(up{instance=~"${well.map(({ instance }) => instance).join('|')}"}[1m]))`;
    await prometheus.until(seen, ([least]) => least !== undefined && least.value >= 12);
    const instances = new Set(well.map(({ instance }) => instance));
    const fired = await prometheus.query(`count_over_time(ALERTS{alertstate="firing"}[${WINDOW}])`);
    t.deepEqual(
      fired.filter(({ labels }) => instances.has(labels.instance!)),
      [],
    );
    const workers = await prometheus.query('herald_worker_busy_ratio{job="herald"}');
    t.deepEqual(
      well.map(({ instance }) =>
        workers.filter(({ labels }) => labels.instance === instance).map(({ labels }) => labels.worker),
      ),
      [['0', '1'], ['0'], ['main'], ['main']],
    );
    for (const { labels, value } of workers) t.true(value < 0.9, JSON.stringify(labels));
  },
);

withPrometheus('an outage of all endpoints fires, on every engine, and on no Herald beside it', async (t) => {
  const { prometheus, out } = await scraped();
  const isFiring = async () => {
    const alerts = await prometheus.alerts();
    return alerts
      .filter(({ labels, state }) => state === 'firing' && labels.alertname === 'HeraldMostSessionsFail')
      .map(({ labels }) => labels.instance);
  };
  let firing: readonly (string | undefined)[] = [];
  for (const deadline = Date.now() + 40_000; firing.length < out.length && Date.now() < deadline; ) {
    await Promise.all(out.map((each) => each.visit().catch(() => {})));
    firing = await isFiring();
  }
  t.deepEqual(firing.toSorted(), out.map(({ instance }) => instance).toSorted());
});

for (const { title, targets } of DASHBOARD.panels as readonly {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}[]) {
  withPrometheus(`the panel "${title}" shows what Herald measures`, async (t) => {
    const { prometheus } = await scraped();
    for (const { expr } of targets) {
      const asked = expr.replace(/\$(?:job|instance)/g, '.*').replaceAll('$__rate_interval', '5s');
      const samples = await prometheus.until(asked, ({ length }) => length > 0);
      for (const { labels } of samples)
        t.true(labels.job !== undefined && labels.instance !== undefined, expr);
    }
  });
}

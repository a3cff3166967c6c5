import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { testWith } from '../helpers/peer-installed.ts';
import { drainOf, heraldOf } from './drain.ts';
import { KUSTOMIZE, kubectlKustomize } from './kubectl.ts';
import { parseManifests } from './kustomize.ts';
import { argumentOf, K8S, OVERLAYS, WORKLOADS, type Workload, workloadsOf } from './overlays.ts';
import { podSecurityLevel } from './pod-security.ts';

const README = join(K8S, 'README.md');
const readme = readFileSync(README, 'utf8');
const guide = readFileSync(join(K8S, '../docs/kubernetes.md'), 'utf8');

const code = (text: string) => `\`${text}\``;

/** What objects of the cluster say for themselves. */
const ANNOTATED = ['by annotation', 'by annotation'];

function overlayRow(workload: Workload): string {
  const { overlay } = workload;
  const herald = heraldOf(workload);
  const level = podSecurityLevel(workload);
  if (herald === undefined) return row([code(overlay), roleOf(workload), level, '–', '–', '–']);
  const { delaySeconds, timeoutSeconds, graceSeconds } = drainOf(herald, workload);
  const role = roleOf(workload);
  const drain = `${delaySeconds} s + ${timeoutSeconds} s, of ${graceSeconds} s`;
  if (herald.args[0] === 'gateway') return row([code(overlay), role, level, ...ANNOTATED, drain]);
  const trust = argumentOf(herald, '--trust')?.split(',').map(code).join(' ');
  return row([
    code(overlay),
    role,
    level,
    code(argumentOf(herald, '--accept-proxy') ?? 'none'),
    trust ?? 'nobody: no header comes in',
    drain,
  ]);
}

/** What a workload runs; beside an application that is a Herald, and alone its last container. */
function roleOf(workload: Workload): string {
  const { kind } = workload.object;
  const [command = ''] = (heraldOf(workload) ?? workload.containers.at(-1)!).args;
  return command === 'sidecar' ? `sidecar of a ${kind}` : `${command}, ${kind}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

test('the table of the overlays is what they say', (t) => {
  const head = [
    'overlay',
    'what it runs',
    'PodSecurity',
    '`--accept-proxy`',
    '`--trust`',
    'drain: delay + timeout',
  ];
  // Of an overlay with several workloads, that with clients first.
  const workloads = OVERLAYS.flatMap((overlay) => {
    const [helpers, heralds] = [false, true].map((serves) =>
      workloadsOf(overlay).filter((each) => (heraldOf(each) !== undefined) === serves),
    );
    return [...heralds!, ...helpers!];
  });
  const table = [row(head), `|${'---|'.repeat(head.length)}`, ...workloads.map(overlayRow)].join('\n');
  const [before, rest = ''] = readme.split('<!-- table: overlays -->\n');
  const end = rest.indexOf('<!-- end -->');
  t.true(end >= 0, 'the README has the markers of this table');
  if (process.env.HERALD_UPDATE_DOCS === '1')
    writeFileSync(README, `${before}<!-- table: overlays -->\n${table}\n${rest.slice(end)}`);
  else t.is(rest.slice(0, end).trim(), table);
});

test('every overlay is in the table of the choice, or named beside it', (t) => {
  const text = readme.slice(readme.indexOf('## Which one?'), readme.indexOf('<!-- table: overlays -->'));
  for (const { name } of OVERLAYS) t.true(text.includes(code(name)), name);
});

/** The files that the guide shows, each named by the comment in its first line, as they would stand beside k8s/. */
function filesOfGuide(): string {
  const folder = mkdtempSync(join(tmpdir(), 'herald-k8s-'));
  mkdirSync(join(folder, 'herald'));
  symlinkSync(K8S, join(folder, 'herald/k8s'));
  for (const [, name = '', text = ''] of guide.matchAll(
    /^```yaml\n# (\S+\/\S+\.yaml)\n((?:(?!```)[\s\S])+)```$/gm,
  )) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

testWith([], [KUSTOMIZE])('the kustomization of the guide renders as it stands', async (t) => {
  const folder = filesOfGuide();
  t.teardown(() => rmSync(folder, { recursive: true }));
  const text = kubectlKustomize(join(folder, 'edge'));
  t.true(text.includes('image: registry.example/herald:'));
  t.true(text.includes('- --to=k8s:prod/api:443'));
  t.false(text.includes('shop'), 'the example of the application is gone');
  t.true(parseManifests(text).some(({ kind }) => kind === 'PodMonitor'));
});

const APP = `apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: prod }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers: [{ name: api, image: api }]
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: prod }
spec:
  selector: { app: api }
  ports: [{ name: https, port: 443, targetPort: 8080 }]
`;

testWith([], [KUSTOMIZE])(
  'the sidecar of the guide is that of the overlay, for any Deployment',
  async (t) => {
    const folder = filesOfGuide();
    t.teardown(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'app/app.yaml'), APP);
    const objects = parseManifests(kubectlKustomize(join(folder, 'app')));
    const [workload] = workloadsOf({ name: 'app', folder, objects });
    const [herald, app] = workload!.containers;
    t.is(herald!.image, 'registry.example/herald:0.1.0');
    t.is(herald!.restartPolicy, 'Always');
    const overlay = WORKLOADS.find((other) => other.overlay === 'sidecar')!;
    t.deepEqual(herald!.args, heraldOf(overlay)!.args);
    t.is(app!.image, 'api');
    const { ports } = objects.find(({ kind }) => kind === 'Service')!.spec as { ports: unknown };
    t.deepEqual(ports, [{ name: 'https', port: 443, targetPort: 8443 }]);
  },
);

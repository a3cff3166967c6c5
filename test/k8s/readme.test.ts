import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { testWith } from '../helpers/peer-installed.ts';
import { drainOf, heraldOf } from './drain.ts';
import { KUSTOMIZE, kubectlKustomize } from './kubectl.ts';
import { parseManifests } from './kustomize.ts';
import { argumentOf, K8S, OVERLAYS, WORKLOADS, type Workload } from './overlays.ts';
import { podSecurityLevel } from './pod-security.ts';

const README = join(K8S, 'README.md');
const readme = readFileSync(README, 'utf8');

const code = (text: string) => `\`${text}\``;

function overlayRow(workload: Workload): string {
  const { overlay, object } = workload;
  const herald = heraldOf(workload);
  const level = podSecurityLevel(workload);
  if (herald === undefined) return row([code(overlay), object.kind, level, '–', '–', '–']);
  const { delaySeconds, timeoutSeconds, graceSeconds } = drainOf(herald, workload);
  const role = herald.args[0] === 'sidecar' ? `sidecar of a ${object.kind}` : `edge, ${object.kind}`;
  const trust = argumentOf(herald, '--trust')?.split(',').map(code).join(' ');
  return row([
    code(overlay),
    role,
    level,
    code(argumentOf(herald, '--expect') ?? 'none'),
    trust ?? 'nobody: no header comes in',
    `${delaySeconds} s + ${timeoutSeconds} s, of ${graceSeconds} s`,
  ]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

test('the table of the overlays is what they say', (t) => {
  const head = [
    'overlay',
    'what it runs',
    'PodSecurity',
    '`--expect`',
    '`--trust`',
    'drain: delay + timeout',
  ];
  const table = [row(head), `|${'---|'.repeat(head.length)}`, ...WORKLOADS.map(overlayRow)].join('\n');
  const [before, rest = ''] = readme.split('<!-- table: overlays -->\n');
  const end = rest.indexOf('<!-- end -->');
  t.true(end >= 0, 'the README has the markers of this table');
  if (process.env.HERALD_UPDATE_README === '1')
    writeFileSync(README, `${before}<!-- table: overlays -->\n${table}\n${rest.slice(end)}`);
  else t.is(rest.slice(0, end).trim(), table);
});

test('every overlay is in the table of the choice, or named beside it', (t) => {
  const text = readme.slice(readme.indexOf('## Which one?'), readme.indexOf('<!-- table: overlays -->'));
  for (const { name } of OVERLAYS) t.true(text.includes(code(name)), name);
});

testWith([], [KUSTOMIZE])('the kustomization of the README is one, and says what it should', async (t) => {
  const [, example] = /```yaml\n([^`]+registry\.example(?:(?!```)[\s\S])+)```/.exec(readme) ?? [];
  t.truthy(example);
  const folder = mkdtempSync(join(tmpdir(), 'herald-k8s-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const overlay = join(K8S, 'overlays/aws-nlb/deployment.yaml');
  writeFileSync(join(folder, 'kustomization.yaml'), example!.replaceAll('../herald/k8s', './k8s'));
  writeFileSync(
    join(folder, 'deployment.yaml'),
    readFileSync(overlay, 'utf8').replace('k8s:shop/web', 'k8s:prod/api'),
  );
  symlinkSync(K8S, join(folder, 'k8s'));
  const text = kubectlKustomize(folder);
  t.true(text.includes('image: registry.example/herald:'));
  t.true(text.includes('- --to=k8s:prod/api:443'));
  t.false(text.includes('shop'), 'the example of the application is gone');
  t.true(parseManifests(text).some(({ kind }) => kind === 'PodMonitor'));
});

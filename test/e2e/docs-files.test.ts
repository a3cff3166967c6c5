import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { configFromFile } from '../../src/config/config-from-file.ts';
import { BLOCKS, type DocBlock } from '../helpers/doc-blocks.ts';
import { installed, testWith } from '../helpers/peer-installed.ts';
import { NGINX, startNginx } from '../helpers/peer-nginx.ts';
import { folderFor } from '../helpers/peer-start.ts';

// Every file and program of the documentation, given to what reads it.

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROMTOOL = installed('promtool');

function blocksOfLanguage(language: string): DocBlock[] {
  return BLOCKS.filter((block) => block.language === language);
}

const title = ({ page, line, language }: DocBlock) => `${page}:${line}, ${language}`;

/** What Herald reads as its configuration is accepted, and has nothing to be warned of. */
async function configured(t: ExecutionContext, text: string): Promise<void> {
  const file = join(await folderFor(t), 'herald.yaml');
  await writeFile(file, text);
  t.deepEqual(configFromFile(file, new Map(), {}).warnings, []);
}

const YAML = blocksOfLanguage('yaml');
const isHeralds = ({ text }: DocBlock) => text.startsWith('version: 1\n');
const isPrometheus = ({ text }: DocBlock) => text.startsWith('# prometheus.yml\n');
/** test/k8s/readme.test.ts renders these with kubectl, and holds them to the overlays. */
const isManifest = ({ page, text }: DocBlock) =>
  page === 'docs/kubernetes.md' && /^# \w+\/\S+\.yaml\napiVersion: /.test(text);

/** test/k8s/gateway-examples.test.ts holds the files to the API. */
const OBJECTS = ['service.yaml', 'own-address.yaml', 'tcproute.yaml', 'tcp-services.yaml'].map((file) =>
  readFileSync(`${ROOT}examples/gateway/${file}`, 'utf8'),
);
const isExample = ({ text }: DocBlock) => OBJECTS.some((file) => file.includes(text.trim()));

test('every block of YAML is a configuration of Herald or Prometheus, a manifest, or an example of objects', (t) => {
  const kinds = [isHeralds, isPrometheus, isManifest, isExample];
  for (const block of YAML) t.is(kinds.filter((fits) => fits(block)).length, 1, title(block));
  for (const fits of kinds) t.true(YAML.some(fits));
});

for (const block of YAML.filter(isHeralds)) test(title(block), (t) => configured(t, block.text));

for (const block of YAML.filter(isPrometheus)) {
  testWith([PROMTOOL])(title(block), async (t) => {
    const folder = await folderFor(t);
    await copyFile(`${ROOT}monitoring/prometheus-rules.yaml`, join(folder, 'prometheus-rules.yaml'));
    await writeFile(join(folder, 'prometheus.yml'), block.text);
    await t.notThrowsAsync(run(PROMTOOL.command, ['check', 'config', join(folder, 'prometheus.yml')]));
  });
}

for (const block of blocksOfLanguage('nginx')) {
  testWith([NGINX])(title(block), async (t) => {
    const http = ([port]: readonly number[]) => block.text.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`);
    const { ports } = await startNginx(t, { ports: 1, http });
    t.is(ports.length, 1);
  });
}

/** test/e2e/peers-forwarded.test.ts runs Apache with the directives of this one. */
test('a block for Apache is made of directives that another test runs', (t) => {
  const directives = blocksOfLanguage('apache').flatMap(({ text }) => text.split('\n').filter(Boolean));
  t.deepEqual(
    directives.map((line) => line.split(' #')[0]!.trim()),
    ['RemoteIPHeader X-Forwarded-For', 'RemoteIPInternalProxy 127.0.0.1'],
  );
});

/** test/e2e/systemd-units.test.ts holds the files to systemd. */
test('what a page shows of a unit of systemd stands in a unit of examples/', async (t) => {
  const blocks = blocksOfLanguage('ini');
  t.true(blocks.length > 0);
  const files = ['systemd/herald.service', 'systemd/herald-edge.socket', 'systemd/herald-edge.service'];
  const units = await Promise.all(files.map((file) => readFile(`${ROOT}examples/${file}`, 'utf8')));
  const lines = units.flatMap((text) => text.split('\n'));
  for (const block of blocks)
    for (const line of block.text.split('\n').filter(Boolean))
      t.true(lines.includes(line), `${title(block)}: ${line}`);
});

/** What a fragment takes as given, by the name that it uses. */
const GIVEN: { readonly [name: string]: string } = {
  acceptProxyProtocol: "import { acceptProxyProtocol } from 'herald-proxy/accept';",
  server: "import { createServer as create } from 'node:http'; const server = create();",
  log: 'const log = console;',
  bytes: "const bytes = Buffer.from('PROXY UNKNOWN\\r\\n');",
  socket: 'const socket = { write() {} };',
};

/** The program with what it takes as given, on ports of its own, and ended when it has started. */
function program(text: string): string {
  const uses = (name: string) => new RegExp(`(?<![.\\w])${name}\\b`).test(text);
  const declares = (name: string) => new RegExp(`(const|import \\{[^}]*) ${name}\\b`).test(text);
  const given = Object.keys(GIVEN).filter((name) => uses(name) && !declares(name));
  const here = text.replace('listen(8080)', 'listen(0)').replace("listen: ':443'", "listen: '127.0.0.1:0'");
  const ends = [
    ...(uses('server') ? ['server.close();'] : []),
    ...(uses('createHerald') ? ['await herald.stop();'] : []),
  ];
  return [...given.map((name) => GIVEN[name]), here, ...ends].join('\n');
}

for (const block of blocksOfLanguage('js')) {
  test(title(block), async (t) => {
    const argv = ['--input-type=module', '--eval', program(block.text)];
    const { stderr } = await run(process.execPath, argv, { cwd: ROOT });
    t.is(stderr, '');
  });
}

test('a block of TypeScript is one for Nest, which is no dependency', (t) => {
  for (const { text } of blocksOfLanguage('ts')) t.true(text.includes('NestFactory'));
});

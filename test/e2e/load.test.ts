import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { type Need, testWith } from '../helpers/peer-installed.ts';
import { PeerProcess } from '../helpers/peer-process.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { goodStatus } from '../load/good-status.ts';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const LINUX_SHELL: Need = { missing: process.platform === 'linux' ? null : 'this machine is not Linux' };
const SHORT = '--duration 300ms --warmup 50ms --rate 100';

test('load finds every client behind an edge that announces them', async (t) => {
  const echo = await Program.start(t, 'echo --listen 127.0.0.1:0');
  const edge = await Program.start(
    t,
    `edge --listen 127.0.0.1:0 --to 127.0.0.1:${echo.port()} --present v1 --crc32c=false ${NO_OPS}`,
  );
  const plan = `--work http --verify --clients 127.7.0.0/16 ${SHORT} --fail-if errors>0`;
  const { code, stdout } = await Program.run(t, `load --to 127.0.0.1:${edge.port()} ${plan}`);
  t.is(code, goodStatus(stdout), stdout);
  t.regex(stdout, /clients: \d+ right, none wrong/);
});

test('load finds that a relay without headers hides every client', async (t) => {
  const echo = await Program.start(t, 'echo --raw --listen 127.0.0.1:0');
  const plain = await Program.start(
    t,
    `edge --listen 127.0.0.1:0 --to 127.0.0.1:${echo.port()} --present none ${NO_OPS}`,
  );
  const load = `load --to 127.0.0.1:${plain.port()} --work ping --verify ${SHORT}`;
  const { code, stdout, stderr } = await Program.run(t, load);
  t.is(code, 3);
  t.regex(stdout, /0 right, \d+ WRONG/);
  t.regex(stderr, /failed: \d+ clients were seen with another address/);
});

testWith([LINUX_SHELL])('load without descriptors says that it was the limit itself', async (t) => {
  const echo = await Program.start(t, 'echo --raw --listen 127.0.0.1:0');
  const run = `load --to 127.0.0.1:${echo.port()} --work idle --connections 200 --duration 200ms`;
  const shell = new PeerProcess('sh', ['-c', `ulimit -n 100 && exec "${process.execPath}" "${MAIN}" ${run}`]);
  t.teardown(() => shell.stop('SIGKILL'));
  t.is((await shell.exited).code, 4);
  const text = shell.stdout.join('\n');
  t.regex(text, /× descriptors: the generator ran out of file descriptors/);
  t.regex(text, /THE GENERATOR WAS THE LIMIT \(descriptors\)/);
});

testWith([LINUX_SHELL])('load finds before the run that there is no room for its figures', async (t) => {
  const file = join(await folderFor(t), 'run.json');
  const run = `load --to 127.0.0.1:1 --duration 576h --json ${file}`;
  const shell = new PeerProcess('sh', ['-c', `ulimit -f 0 && exec "${process.execPath}" "${MAIN}" ${run}`]);
  t.teardown(() => shell.stop('SIGKILL'));
  t.is((await shell.exited).code, 1);
  t.deepEqual(shell.stderr, [`herald: cannot write ${file}: the file would exceed the size limit`]);
});

test('load --direct --through tells what a Herald adds, and its JSON has it', async (t) => {
  const file = join(await folderFor(t), 'run.json');
  const echo = await Program.start(t, 'echo --raw --listen 127.0.0.1:0');
  const edge = await Program.start(t, `edge --listen 127.0.0.1:0 --to 127.0.0.1:${echo.port()} ${NO_OPS}`);
  const ways = `--direct 127.0.0.1:${echo.port()} --through 127.0.0.1:${edge.port()}`;
  const plan = '--work ping --keep --connections 4 --rate 400 --duration 500ms --warmup 50ms';
  const { code, stdout } = await Program.run(t, `load ${ways} ${plan} --json ${file}`);
  t.is(code, goodStatus(stdout), stdout);
  const { asked, overhead, direct } = JSON.parse(await readFile(file, 'utf8'));
  t.like(asked, { direct: `127.0.0.1:${echo.port()}`, through: `127.0.0.1:${edge.port()}` });
  t.true(direct.achieved.requests > 0);
  const { difference, ratio } = overhead.total.p50;
  t.true(difference.low <= difference.median && difference.median <= difference.high);
  t.true(ratio.low <= ratio.median && ratio.count >= 6);
});

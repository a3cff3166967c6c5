import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { installed, testWith } from '../helpers/peer-installed.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { Program } from '../helpers/program.ts';

// The units of examples/systemd, as systemd reads them. No systemd runs here: test/e2e/systemd.test.ts plays it.

const run = promisify(execFile);
const UNITS = fileURLToPath(new URL('../../../examples/systemd/', import.meta.url));
const PODMAN = fileURLToPath(new URL('../../../examples/podman/', import.meta.url));
const ANALYZE = installed('systemd-analyze');
/** What systemd calls OK is below 5. */
const MOST_EXPOSED = 3;

const FILES = readdirSync(UNITS).filter((file) => /\.(?:service|socket)$/.test(file));
const SERVICES = FILES.filter((file) => file.endsWith('.service'));

/** The settings of a unit; of one that stands several times, all. */
function settingsOf(file: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, string[]>();
  for (const [, key, value] of readFileSync(file, 'utf8').matchAll(/^(\w+)=(.*)$/gm))
    settings.set(key!, [...(settings.get(key!) ?? []), value!]);
  return settings;
}

test('there are units for Herald, for a socket-activated edge, and for the routes of a pod and of a node', (t) => {
  t.deepEqual(FILES.toSorted(), [
    'herald-edge.service',
    'herald-edge.socket',
    'herald-node-routes.service',
    'herald-routes.service',
    'herald.service',
  ]);
});

for (const file of FILES) {
  testWith([ANALYZE])(`systemd has nothing to say against ${file}`, async (t) => {
    const { stdout, stderr } = await run(ANALYZE.command, ['verify', '--man=no', join(UNITS, file)]);
    // What it says of units of this machine is not about ours.
    t.deepEqual(
      `${stdout}${stderr}`.split('\n').filter((line) => line.includes('herald')),
      [],
    );
  });
}

/** How exposed a service is, from 0 to 10. */
async function exposure(file: string): Promise<number> {
  const { stdout } = await run(ANALYZE.command, ['security', '--offline=true', '--no-pager', file]);
  return Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1] ?? Number.NaN);
}

for (const file of SERVICES) {
  testWith([ANALYZE])(`${file} is hardened`, async (t) => {
    const level = await exposure(join(UNITS, file));
    t.true(level < MOST_EXPOSED, `${level}`);
  });
}

testWith([ANALYZE])('Herald with the right to present clients is hardened as well', async (t) => {
  const folder = await folderFor(t);
  const [base, more] = ['herald.service', 'herald.service.d/transparent.conf'].map((name) =>
    readFileSync(join(UNITS, name), 'utf8'),
  );
  const file = join(folder, 'herald.service');
  writeFileSync(file, `${base}\n${more}`);
  t.true((await exposure(file)) < MOST_EXPOSED);
  mkdirSync(join(folder, 'units'));
  cpSync(UNITS, join(folder, 'units'), { recursive: true });
  const unit = join(folder, 'units', 'herald.service');
  const { stderr } = await run(ANALYZE.command, ['verify', '--man=no', unit]);
  t.deepEqual(
    stderr.split('\n').filter((line) => line.includes('herald')),
    [],
  );
});

for (const file of SERVICES) {
  test(`${file} may compile code, and may take as long to stop as its drain`, (t) => {
    const settings = settingsOf(join(UNITS, file));
    t.deepEqual(settings.get('MemoryDenyWriteExecute'), ['no']);
    // The routes have no sessions to drain.
    if (settings.get('ExecStart')![0]!.includes('herald routes ')) return;
    t.deepEqual(settings.get('Type'), ['notify']);
    t.deepEqual(settings.get('NotifyAccess'), ['all']);
    const seconds = (flag: string) =>
      Number(new RegExp(`${flag} (\\d+)s`).exec(settings.get('ExecStart')![0]!)?.[1] ?? 0);
    const drain = seconds('--drain-delay') + seconds('--drain-timeout');
    t.true(drain > 0);
    t.true(Number.parseInt(settings.get('TimeoutStopSec')![0]!, 10) > drain);
  });
}

test('the name of the socket is that of the listener, in systemd and in Podman', (t) => {
  for (const [folder, service, key] of [
    [UNITS, 'herald-edge.service', 'ExecStart'],
    [PODMAN, 'herald-edge.container', 'Exec'],
  ] as const) {
    const [name] = settingsOf(join(folder, 'herald-edge.socket')).get('FileDescriptorName')!;
    const [command] = settingsOf(join(folder, service)).get(key)!;
    t.regex(command!, new RegExp(`--listen systemd:${name} `));
    t.deepEqual(settingsOf(join(folder, service)).get('Requires'), ['herald-edge.socket']);
  }
});

/** The commands of Herald that units run, without `herald`. */
const COMMANDS = [
  ...SERVICES.flatMap((file) =>
    [...settingsOf(join(UNITS, file))]
      .filter(([key]) => key === 'ExecStart' || key === 'ExecStartPre')
      .flatMap(([, values]) => values.map((value) => value.replace(/^\/usr\/bin\/env herald /, ''))),
  ),
  settingsOf(join(PODMAN, 'herald-edge.container')).get('Exec')![0]!,
].filter((command) => !command.startsWith('routes '));

test('what the units run are commands of Herald, right but for a socket that nobody has passed', async (t) => {
  t.is(COMMANDS.length, 4);
  const file = join(await folderFor(t), 'herald.yaml');
  writeFileSync(file, 'version: 1\nlisteners:\n  - {name: web, listen: "systemd:web", to: "127.0.0.1:1"}\n');
  for (const command of COMMANDS) {
    const here = command.replace('/etc/herald/herald.yaml', file);
    const { code, stderr } = await Program.run(t, here);
    if (here.endsWith('--check')) t.deepEqual([code, stderr], [0, ''], command);
    else {
      const [line = '', ...others] = stderr.split('\n').filter(Boolean);
      t.regex(line, /systemd passed no sockets to this process/, command);
      t.deepEqual(others, [], command);
    }
  }
});

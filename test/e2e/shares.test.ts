import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { folderFor } from '../helpers/peer-start.ts';
import { Program } from '../helpers/program.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { ask } from './kubernetes/world.ts';
import { startNamedServer } from './named-server.ts';

const ENGINES = process.platform === 'linux' ? ['epoll', 'net'] : ['net'];
const SILENT = '--listen 127.0.0.1:0 --present none --metrics none --admin none';

/** How often each answer came, asked one after the other. */
async function answers(port: number, count: number): Promise<{ readonly [answer: string]: number }> {
  const found: { [answer: string]: number } = {};
  for (let session = 0; session < count; session++) {
    const answer = await ask(port);
    found[answer] = (found[answer] ?? 0) + 1;
  }
  return found;
}

for (const engine of ENGINES) {
  test(`sessions are shared by weight, and a weight of 0 gets none: ${engine}`, async (t) => {
    const [red, blue, none] = await Promise.all(
      ['red', 'blue', 'none'].map((name) => startNamedServer(t, name)),
    );
    const to = [red, blue, none].map((port) => `127.0.0.1:${port}`);
    const herald = await Program.start(
      t,
      `edge ${SILENT} --engine ${engine} --threads 1 --to ${to} --weight ${to[0]}=3 --weight ${to[2]}=0`,
    );
    t.deepEqual(await answers(herald.port('edge'), 40), { red: 30, blue: 10 });
    t.deepEqual(await herald.stop(), { code: 0, signal: null });
  });

  test(`/status names the shares of a listener if there are any: ${engine}`, async (t) => {
    const to = ['127.0.0.1:1', '127.0.0.1:2'];
    const flags = SILENT.replace('--admin none', '--admin 127.0.0.1:0');
    const herald = await Program.start(
      t,
      `edge ${flags} --engine ${engine} --to ${to} --weight ${to[0]}=3 --backup ${to[1]}`,
    );
    await herald.logged(({ msg }) => msg === '--admin is open');
    const answer = await fetch(`http://127.0.0.1:${herald.opsPort('admin')}/status`);
    const { listeners } = (await answer.json()) as {
      readonly listeners: readonly { readonly shares?: object }[];
    };
    t.deepEqual(listeners[0]?.shares, [
      { name: to[0], weight: 3, backup: false, endpoints: 1 },
      { name: to[1], weight: 1, backup: true, endpoints: 1 },
    ]);
    t.deepEqual(await herald.stop(), { code: 0, signal: null });
  });

  test(`a backup gets the sessions of endpoints that are ejected: ${engine}`, async (t) => {
    const spare = await startNamedServer(t, 'spare');
    const to = [`127.0.0.1:${await unusedPort()}`, `127.0.0.1:${spare}`];
    const ejects = '--eject-after 1 --eject-max 100% --eject-for 1m';
    const herald = await Program.start(
      t,
      `edge ${SILENT} --engine ${engine} --threads 1 --to ${to} --backup ${to[1]} ${ejects}`,
    );
    t.deepEqual(await answers(herald.port('edge'), 5), { spare: 5 });
    t.deepEqual(await herald.stop(), { code: 0, signal: null });
  });

  test(`a reload changes weights, and shares are exact from then on: ${engine}`, async (t) => {
    const [red, blue] = await Promise.all(['red', 'blue'].map((name) => startNamedServer(t, name)));
    const file = join(await folderFor(t), 'herald.yaml');
    const write = (weight: number) => {
      const to = `["127.0.0.1:${red}", {endpoint: "127.0.0.1:${blue}", weight: ${weight}}]`;
      const listener = `{name: web, listen: "127.0.0.1:0", present: none, to: ${to}}`;
      writeFileSync(
        `${file}.new`,
        `version: 1\nengine: ${engine}\nthreads: 1\nmetrics: none\nadmin: none\nlisteners: [${listener}]\n`,
      );
      renameSync(`${file}.new`, file);
    };
    write(1);
    const herald = await Program.start(t, `run --config ${file}`);
    t.deepEqual(await answers(herald.port('web'), 10), { red: 5, blue: 5 });
    write(4);
    herald.signal('SIGHUP');
    await herald.logged(({ msg }) => msg === 'configuration reloaded');
    t.deepEqual(await answers(herald.port('web'), 10), { red: 2, blue: 8 });
    t.deepEqual(await herald.stop(), { code: 0, signal: null });
  });
}

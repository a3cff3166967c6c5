import { spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installed } from '../../helpers/peer-installed.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { accountOf } from './account.ts';
import { CLIENT, play, recipe, SITE } from './recipe.ts';

const SERVER = installed('mariadbd');
const INSTALL = installed('mariadb-install-db');
const CLI = installed('mariadb');
const ACCOUNT = accountOf('mysql');

recipe(
  SERVER,
  INSTALL,
  CLI,
  ACCOUNT,
)('MariaDB sees the client, by a sidecar and by the header itself: user(), grants', async (t) => {
  const [{ site, abroad }, folder] = await Promise.all([play(t, 'MariaDB'), folderFor(t)]);
  chownSync(folder, ACCOUNT.uid, ACCOUNT.gid);
  const data = join(folder, 'data');
  const own = ['--no-defaults', `--datadir=${data}`, `--user=${ACCOUNT.name}`];
  const made = spawnSync(
    INSTALL.command,
    [...own, '--skip-test-db', '--auth-root-authentication-method=normal'],
    {
      encoding: 'utf8',
    },
  );
  t.is(made.status, 0, made.stderr);
  const init = join(folder, 'init.sql');
  // A grant for the client's own host: from 127.0.0.1 there is no such user.
  await writeFile(init, `CREATE USER ann@'${CLIENT}' IDENTIFIED BY 'secret';\n`);
  const server = site.start(t, SERVER.command, [
    ...own,
    ...[
      '--port=3306',
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 'socket')}`,
      `--init-file=${init}`,
    ],
    ...['--skip-name-resolve', '--innodb-flush-log-at-trx-commit=0', '--proxy-protocol-networks=127.0.0.1'],
  ]);
  await server.line(/ready for connections/);
  for (const port of [3306, 3307]) {
    const flags = [
      '--no-defaults',
      '--protocol=tcp',
      '-h',
      SITE,
      '-P',
      `${port}`,
      '-u',
      'ann',
      '-psecret',
      '-Ne',
    ];
    const { stdout, stderr } = await abroad.run(t, CLI.command, [...flags, 'SELECT user(), current_user()']);
    t.is(stdout, `ann@${CLIENT}\tann@${CLIENT}`, `port ${port}: ${stderr}`);
  }
});

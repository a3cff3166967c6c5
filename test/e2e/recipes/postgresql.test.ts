import { spawnSync } from 'node:child_process';
import { chownSync, readdirSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installed } from '../../helpers/peer-installed.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { accountOf, asAccount } from './account.ts';
import { CLIENT, play, recipe, SITE } from './recipe.ts';

/** Debian keeps the programs of a server in a folder of its version. */
const FOLDERS = '/usr/lib/postgresql';
const POSTGRES = inFolders('postgres');
const INITDB = inFolders('initdb');
const PSQL = installed('psql');
/** It does not run as root. */
const ACCOUNT = accountOf('postgres');

function inFolders(name: string) {
  const versions = ((): string[] => {
    try {
      return readdirSync(FOLDERS);
    } catch {
      return [];
    }
  })();
  return installed(...versions.map((version) => join(FOLDERS, version, 'bin', name).slice(1)), name);
}

recipe(
  POSTGRES,
  INITDB,
  PSQL,
  ACCOUNT,
)('PostgreSQL sees the client: inet_client_addr(), its log, pg_hba.conf', async (t) => {
  const [{ site, abroad }, folder] = await Promise.all([play(t, 'PostgreSQL'), folderFor(t)]);
  chownSync(folder, ACCOUNT.uid, ACCOUNT.gid);
  const [data, secret] = [join(folder, 'data'), join(folder, 'secret')];
  await writeFile(secret, 'secret\n');
  const [command, ...args] = asAccount(
    ACCOUNT,
    INITDB.command,
    '-D',
    data,
    '--no-sync',
    '-A',
    'reject',
    `--pwfile=${secret}`,
  );
  const made = spawnSync(command!, args, { encoding: 'utf8', cwd: folder });
  t.is(made.status, 0, made.stderr);
  // Whoever comes from anywhere else is rejected: 127.0.0.1 too.
  await appendFile(join(data, 'pg_hba.conf'), `\nhost all all ${CLIENT}/32 scram-sha-256\n`);
  const flags = '-F -h 127.0.0.1 -p 5432 -c unix_socket_directories= -c log_connections=on'.split(' ');
  const [program, ...rest] = asAccount(ACCOUNT, POSTGRES.command, '-D', data, ...flags);
  const server = site.start(t, program!, rest, { cwd: folder });
  await server.line(/database system is ready to accept connections/);

  const query = 'SELECT inet_client_addr()';
  const psql = ['-h', SITE, '-U', ACCOUNT.name, '-d', 'postgres', '-Atc', query];
  const { stdout, stderr } = await abroad.run(t, PSQL.command, psql, {
    env: { PGSSLMODE: 'disable', PGPASSWORD: 'secret' },
  });
  t.is(stdout, CLIENT, stderr);
  t.truthy(await server.line(new RegExp(`connection received: host=${CLIENT} port=\\d+`)));
});

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installed } from '../../helpers/peer-installed.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { CLIENT, play, recipe, SITE } from './recipe.ts';

const SERVER = installed('sshd');
const CLI = installed('ssh');
const KEYGEN = installed('ssh-keygen');
/** Where Debian's sshd locks its children up: made by its service, which does not run here. */
const JAIL = '/run/sshd';

recipe(
  SERVER,
  CLI,
  KEYGEN,
)('OpenSSH sees the client: SSH_CONNECTION, its log, AllowUsers', async (t) => {
  const [{ site, abroad }, folder] = await Promise.all([play(t, 'SSH'), folderFor(t)]);
  if (!existsSync(JAIL)) {
    mkdirSync(JAIL, { mode: 0o755 });
    t.teardown(() => rmdirSync(JAIL));
  }
  const key = join(folder, 'key');
  t.is(spawnSync(KEYGEN.command, ['-q', '-t', 'ed25519', '-N', '', '-f', key]).status, 0);
  const config = join(folder, 'sshd_config');
  await writeFile(
    config,
    [
      'ListenAddress 127.0.0.1:22',
      `HostKey ${key}`,
      `AuthorizedKeysFile ${key}.pub`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin prohibit-password',
      `AllowUsers root@${CLIENT}`,
    ].join('\n'),
  );
  const server = site.start(t, SERVER.command, ['-D', '-e', '-f', config]);
  await server.line(/Server listening on 127\.0\.0\.1 port 22/);
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'BatchMode=yes',
  ];
  const flags = ['-F', 'none', '-i', key, '-p', '2222', ...options.flatMap((option) => ['-o', option])];
  const command = 'echo $SSH_CONNECTION';
  const { stdout, stderr } = await abroad.run(t, CLI.command, [...flags, `root@${SITE}`, command]);
  t.regex(stdout, new RegExp(`^${CLIENT} \\d+ 127\\.0\\.0\\.1 22$`), stderr);
  t.truthy(await server.line(new RegExp(`Accepted publickey for root from ${CLIENT} port \\d+`)));
});

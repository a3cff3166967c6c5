import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Installed, installed } from './peer-installed.ts';
import type { Owner } from './peer-owner.ts';
import { PeerProcess } from './peer-process.ts';
import { type Peer, retry, startPeer } from './peer-start.ts';

const SERVER = installed('apache2', 'httpd');
/** Of Debian, Fedora, Alpine and macOS. */
const MODULE_FOLDERS = [
  '/usr/lib/apache2/modules',
  '/usr/lib64/httpd/modules',
  '/usr/lib/apache2',
  '/usr/libexec/apache2',
];
const MODULES = MODULE_FOLDERS.find((folder) => existsSync(join(folder, 'mod_remoteip.so')));

export const APACHE: Installed = {
  command: SERVER.command,
  missing: SERVER.missing ?? (MODULES === undefined ? 'Apache has no mod_remoteip' : null),
};

export interface ApacheParts {
  readonly ports: number;
  readonly config: (ports: readonly number[]) => string;
}

/** Apache with such a configuration, in one process that is no daemon. */
export function startApache(owner: Owner, { ports, config }: ApacheParts): Promise<Peer> {
  return startPeer(owner, {
    ports,
    launch: async (taken, folder) => {
      const file = join(folder, 'httpd.conf');
      await writeFile(file, `${general(folder)}\n${config(taken)}\n`);
      return new PeerProcess(APACHE.command, ['-X', '-f', file]);
    },
    // Written when every port is bound.
    isReady: async (process, folder) => {
      await retry(() => readFile(join(folder, 'httpd.pid')), process);
    },
  });
}

/** Started by root it goes on as nobody, or it refuses; started by anybody else it takes no notice. */
function general(folder: string): string {
  const modules = ['mpm_event', 'authz_core', 'log_config', 'remoteip', 'rewrite', 'unixd']
    .map((name) => ({ name, file: join(MODULES!, `mod_${name}.so`) }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => `LoadModule ${name}_module ${file}`);
  return `
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/httpd.pid
ErrorLog ${folder}/error.log
ServerName localhost
${modules.join('\n')}
User #65534
Group #65534`;
}

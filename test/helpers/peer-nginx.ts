import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Installed, installed, type Need } from './peer-installed.ts';
import type { Owner } from './peer-owner.ts';
import { PeerProcess } from './peer-process.ts';
import { type Peer, startPeer } from './peer-start.ts';

export const NGINX = installed('nginx');

/** What `nginx -V` says of how it was built. */
const BUILD = NGINX.missing === null ? spawnSync(NGINX.command, ['-V'], { encoding: 'utf8' }).stderr : '';
const STREAM_MODULE = join(
  /--modules-path=(\S+)/.exec(BUILD)?.[1] ?? '/usr/lib/nginx/modules',
  'ngx_stream_module.so',
);
const hasStreamBuiltIn = /--with-stream(\s|$)/.test(BUILD);

/** nginx that relays TCP; Debian has that in a package of its own. */
export const NGINX_STREAM: Installed & Need = {
  command: NGINX.command,
  missing:
    NGINX.missing ?? (hasStreamBuiltIn || existsSync(STREAM_MODULE) ? null : 'nginx has no stream module'),
};

export interface NginxParts {
  readonly ports: number;
  /** What stands in `http { }`. */
  readonly http?: (ports: readonly number[], folder: string) => string | Promise<string>;
  /** What stands in `stream { }`. */
  readonly stream?: (ports: readonly number[]) => string;
}

/** nginx with such servers, in one process that is no daemon. */
export function startNginx(owner: Owner, { ports, http, stream }: NginxParts): Promise<Peer> {
  return startPeer(owner, {
    ports,
    launch: async (taken, folder) => {
      const file = join(folder, 'nginx.conf');
      const sections = [
        stream && !hasStreamBuiltIn ? `load_module ${STREAM_MODULE};` : '',
        GENERAL,
        `pid ${folder}/nginx.pid;`,
        http ? `http {\n${httpGeneral(folder)}\n${await http(taken, folder)}\n}` : '',
        stream ? `stream {\n${stream(taken)}\n}` : '',
      ];
      await writeFile(file, `${sections.join('\n')}\n`);
      return new PeerProcess(NGINX.command, ['-p', folder, '-c', file, '-e', 'stderr']);
    },
    // Said when every port is bound.
    isReady: (process) => process.line(/using the ".*" event method/),
  });
}

const GENERAL = `
daemon off;
master_process off;
error_log stderr notice;
events { worker_connections 64; }`;

/** Where it would keep bodies: nowhere that only root may write. */
function httpGeneral(folder: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const paths = kinds.map((kind) => `  ${kind}_temp_path ${folder}/${kind};`);
  return ['  access_log off;', '  default_type text/plain;', ...paths].join('\n');
}

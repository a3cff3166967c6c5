import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { installed } from './peer-installed.ts';
import type { Owner } from './peer-owner.ts';
import { PeerProcess } from './peer-process.ts';
import { type Peer, retry, startPeer } from './peer-start.ts';

export const HAPROXY = installed('haproxy');

export interface HaproxyParts {
  readonly ports: number;
  /** Frontends and backends, in the language of its configuration. */
  readonly sections: (ports: readonly number[], folder: string) => string | Promise<string>;
}

/** HAProxy with such sections: where they say nothing else they speak HTTP, a connection for each request. */
export function startHaproxy(owner: Owner, { ports, sections }: HaproxyParts): Promise<Peer> {
  return startPeer(owner, {
    ports,
    launch: async (taken, folder) => {
      const file = join(folder, 'haproxy.cfg');
      await writeFile(file, `${general(folder)}\n${await sections(taken, folder)}\n`);
      return new PeerProcess(HAPROXY.command, ['-db', '-f', file]);
    },
    // It answers there once every port is bound.
    isReady: (process, folder) => retry(() => askHaproxy(folder, 'show info'), process),
  });
}

/** Asks a running HAProxy something on its own socket, such as `show stat`. */
async function askHaproxy(folder: string, command: string): Promise<string> {
  const socket = connect({ path: socketIn(folder) }).setEncoding('utf8');
  let answer = '';
  socket.on('data', (text: string) => {
    answer += text;
  });
  socket.write(`${command}\n`);
  await once(socket, 'close');
  return answer;
}

function socketIn(folder: string): string {
  return join(folder, 'haproxy.sock');
}

function general(folder: string): string {
  return `
global
  stats socket ${socketIn(folder)}
  log stdout format raw local0
  maxconn 100
  nbthread 1
defaults common
  mode http
  option httpclose
  timeout connect 10s
  timeout client 20s
  timeout server 20s`;
}

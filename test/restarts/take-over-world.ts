import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { Connection } from '../helpers/connection.ts';
import { Generations, type GenerationsOptions } from '../helpers/generations.ts';
import type { Owner } from '../helpers/peer-owner.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { holderOf } from '../helpers/processes.ts';
import { RequestTalk, talkOnce } from '../helpers/request-talk.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { unusedPort } from '../helpers/unused-port.ts';

/** What a take-over has to work with, by the flags that choose it. */
export const ENGINES = {
  'epoll with one thread': '--engine epoll --threads 1 --present none',
  'epoll with four threads': '--engine epoll --threads 4 --present none',
  net: '--engine net --present none',
  http: '--present forwarded',
} as const;

export const localhost = (port: number): NetConnectOpts => ({ host: '127.0.0.1', port });

/** An edge whose addresses are known before it starts, its endpoint, and everything that a row asks of both. */
export interface TakeOverWorld {
  readonly herald: Generations;
  readonly endpoint: ScriptedEndpoint;
  readonly at: NetConnectOpts;
  readonly metricsPort: number;
  readonly adminPort: number;
  /** A session that is open: half of its request has arrived. Teardown ends it. */
  begin(): Promise<RequestTalk>;
  /** A whole session, and which generation carried it. */
  once(): Promise<number | undefined>;
  /** The generation that serves this ops address now, and the status that it gave. */
  ask(port: number, path: string): Promise<{ readonly pid: number | undefined; readonly status: number }>;
}

/** The process that answers on an address for machines, and with what status. Rejects if it refuses, or gives no answer. */
export async function askOps(
  herald: Generations,
  port: number,
  path: string,
): Promise<{ readonly pid: number | undefined; readonly status: number }> {
  const client = await Connection.to(localhost(port));
  client.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const status = Number((await client.readText('HTTP/1.1 200'.length)).slice(-3));
  const pid = holderOf(port, client.socket.localPort!, herald.pids);
  client.destroy();
  return { pid, status };
}

/** Starts an edge on a port, or on a unix socket. */
export async function startTakeOverWorld(
  owner: Owner,
  flags: string,
  { unix = false, ...options }: GenerationsOptions & { readonly unix?: boolean } = {},
): Promise<TakeOverWorld> {
  const endpoint = await ScriptedEndpoint.start();
  owner.teardown(() => endpoint.stop());
  const [port, metricsPort, adminPort] = [await unusedPort(), await unusedPort(), await unusedPort()];
  const path = join(await folderFor(owner), 'listen.sock');
  const listen = unix ? `unix:${path}` : `127.0.0.1:${port}`;
  const drain = /--drain-timeout/.test(flags) ? '' : '--drain-timeout 60s';
  const herald = await Generations.start(
    owner,
    `edge --listen ${listen} --to 127.0.0.1:${endpoint.port} --metrics 127.0.0.1:${metricsPort} --admin 127.0.0.1:${adminPort} ${drain} ${flags}`,
    options,
  );
  const at: NetConnectOpts = unix ? { path } : localhost(port);
  return {
    herald,
    endpoint,
    at,
    metricsPort,
    adminPort,
    begin: async () => {
      const talk = await RequestTalk.begin(endpoint, at);
      owner.teardown(() => talk.client.destroy());
      return talk;
    },
    once: () => talkOnce(endpoint, at, herald.pids),
    ask: (asked, askedPath) => askOps(herald, asked, askedPath),
  };
}

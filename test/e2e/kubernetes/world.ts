import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { CERTIFICATE } from '../../helpers/certificate.ts';
import { NAMESPACE, SERVICE, service, slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { Program } from '../../helpers/program.ts';
import { type ScriptedKubernetes, scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';

/** What a scenario tells the test that started it. */
export type Told = { readonly [fact: string]: unknown };

/** Every address of 10.0.0.0/8 is this machine's own, in the namespace that scenarios run in. */
export const POD_PORT = 8080;

/** A pod: a server on an address of its own that answers with it, once a client has said all. */
export interface Pod {
  readonly ip: string;
  /** Connections that are open. */
  readonly open: number;
  /** Those of them that something came by: Herald has connected, and relays. */
  readonly heard: number;
  /** Takes no more, and lets those that are open end. */
  stop(): Promise<void>;
  /** Killed outright: those that are open are reset. */
  kill(): Promise<void>;
}

export async function startPod(owner: Owner, ip: string): Promise<Pod> {
  const sockets = new Set<Socket>();
  const heard = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      heard.delete(socket);
    });
    socket.on('data', () => heard.add(socket));
    socket.on('error', () => {});
    socket.on('end', () => socket.end(`${socket.localAddress}`));
  });
  await new Promise<void>((resolve) => server.listen({ port: POD_PORT, host: ip, backlog: 4096 }, resolve));
  const stop = async () => {
    // Whoever waits in its queue is served first: two turns of the loop, each of which accepts until it is empty.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const kill = () => {
    for (const socket of sockets) socket.resetAndDestroy();
    return stop();
  };
  owner.teardown(kill);
  return {
    ip,
    get open() {
      return sockets.size;
    },
    get heard() {
      return heard.size;
    },
    stop,
    kill,
  };
}

export interface World {
  readonly api: ScriptedKubernetes;
  /** Puts the one slice of the Service. */
  publish(...endpoints: readonly object[]): void;
  /** Herald, its listener on 127.0.0.1 at `port`. */
  readonly herald: Program;
  readonly port: number;
  /** Asks on `--metrics`. */
  status(path: string): Promise<number>;
  metric(line: RegExp): Promise<number>;
  /** How sessions have ended: each reason that happened, with how often. */
  reasons(): Promise<{ readonly [reason: string]: number }>;
}

export const ready = (ip: string, more: object = {}) => sliceEndpoint(ip, more);
export const terminating = (ip: string, more: object = {}) =>
  sliceEndpoint(ip, { conditions: { ready: false, serving: true, terminating: true }, ...more });

/** Herald before the scripted API, which speaks HTTP/2 as the real one does, with the Service and its first slice. `prepare` is done to the API before Herald starts. */
export async function startWorld(
  owner: Owner,
  first: readonly object[],
  flags = '',
  prepare: (api: ScriptedKubernetes) => Promise<void> = async () => {},
): Promise<World> {
  const api = await scriptedKubernetes({ over: 'h2' });
  owner.teardown(() => api.close());
  const publish = (...endpoints: readonly object[]) => void api.put(slice('web-1', endpoints));
  api.put(service());
  publish(...first);
  await prepare(api);
  const kubeconfig = join(await folderFor(owner), 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigOf(api.url));
  const present = flags.includes('--present') ? '' : '--present none';
  const to = `k8s:${NAMESPACE}/${SERVICE}:http`;
  const herald = await Program.start(
    owner,
    `edge --listen 127.0.0.1:0 --to ${to} ${present} --metrics 127.0.0.1:0 --admin none --drain-timeout 1s --kubeconfig ${kubeconfig} ${flags}`,
  );
  const base = `http://127.0.0.1:${herald.opsPort('metrics')}`;
  return {
    api,
    publish,
    herald,
    port: herald.port(),
    status: async (path) => (await fetch(base + path)).status,
    reasons: async () => {
      const text = await (await fetch(`${base}/metrics`)).text();
      const found = text.matchAll(
        /^herald_(?:sessions_closed|connect_failures)_total\{.*reason="(\w+)"\} ([1-9]\d*)$/gm,
      );
      return Object.fromEntries([...found].map(([, reason, count]) => [reason!, Number(count)]));
    },
    metric: async (line) => {
      const text = await (await fetch(`${base}/metrics`)).text();
      return Number(
        text
          .split('\n')
          .find((each) => line.test(each))
          ?.split(' ')
          .at(-1) ?? Number.NaN,
      );
    },
  };
}

/** `serverName`: what the certificate of a server is for that is not on loopback. */
export function kubeconfigOf(url: URL, serverName?: string): string {
  const ca = url.protocol === 'https:' ? Buffer.from(CERTIFICATE.cert).toString('base64') : undefined;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [
      {
        name: 'test',
        cluster: { server: url.origin, 'certificate-authority-data': ca, 'tls-server-name': serverName },
      },
    ],
    users: [{ name: 'test', user: {} }],
  });
}

/** Connects, says all, and gives the answer: the address of the pod; or why there was none. */
export function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port }).setEncoding('latin1');
    socket.on('data', (text) => {
      answer += text;
    });
    socket.on('end', () => resolve(answer === '' ? 'nothing' : answer));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.end('who are you?');
  });
}

/** Asks again and again until an answer fits, and gives the milliseconds that it took. */
export async function until(port: number, fits: (answer: string) => boolean): Promise<number> {
  const began = performance.now();
  while (!fits(await ask(port)));
  return performance.now() - began;
}

/** More answers in a row than one worker would get by chance while another has no endpoint yet. */
const IN_A_ROW = 20;

/** Resolves once pods serve: on a busy machine Herald may listen before it has heard of them. */
export async function served(port: number): Promise<void> {
  for (let row = 0; row < IN_A_ROW; ) row = (await ask(port)).startsWith('10.1.') ? row + 1 : 0;
}

/** A pod whose address is every one of this machine. */
export const EVERYWHERE = '0.0.0.0';

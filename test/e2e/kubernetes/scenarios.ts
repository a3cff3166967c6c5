import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { service } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { latencyOfAll, latencyOfOne } from './latency.ts';
import { load } from './load.ts';
import { sourceRanges } from './source-ranges.ts';
import { web } from './web-scenario.ts';
import { ask, ready, served, startPod, startWorld, type Told, terminating, until } from './world.ts';

export type Scenario = (owner: Owner, flags: string) => Promise<Told>;

const ROLL_EVERY_MS = 200;
/** How long a pod that the slice calls terminating goes on serving. */
const GRACE_MS = 1000;

/** Pods come and go, one at a time, and each one that goes serves for a second more. */
async function roll(owner: Owner, flags: string): Promise<Told> {
  const pods = await Promise.all(['10.1.0.1', '10.1.0.2', '10.1.0.3'].map((ip) => startPod(owner, ip)));
  const { port, publish, reasons } = await startWorld(
    owner,
    pods.map(({ ip }) => ready(ip)),
    flags,
  );
  await served(port);
  const clients = load(port);
  let next = 4;
  let ending: string[] = [];
  const rolls: Promise<void>[] = [];
  const tell = () => publish(...pods.map(({ ip }) => ready(ip)), ...ending.map((ip) => terminating(ip)));
  for (let turn = 0; turn < 8; turn++) {
    await pause(ROLL_EVERY_MS);
    pods.push(await startPod(owner, `10.1.0.${next++}`));
    const old = pods.shift()!;
    ending.push(old.ip);
    tell();
    rolls.push(
      pause(GRACE_MS).then(async () => {
        await old.stop();
        ending = ending.filter((ip) => ip !== old.ip);
        tell();
      }),
    );
  }
  await Promise.all(rolls);
  return { answers: await clients.stop(), reasons: await reasons() };
}

/** The last pod says that it ends: it serves as long as nobody else does, and the next one takes over. */
async function terminatingAlone(owner: Owner, flags: string): Promise<Told> {
  const old = await startPod(owner, '10.1.0.1');
  const { port, publish } = await startWorld(owner, [ready(old.ip)], flags);
  await served(port);
  const clients = load(port);
  publish(terminating(old.ip));
  await clients.inARow(old.ip);
  const fresh = await startPod(owner, '10.1.0.2');
  publish(terminating(old.ip), ready(fresh.ip));
  await clients.inARow(fresh.ip);
  return { answers: await clients.stop() };
}

/** The version that a watch stands at is forgotten, and endpoints vanish meanwhile. */
async function relist(owner: Owner, flags: string): Promise<Told> {
  const [gone, kept] = [await startPod(owner, '10.1.0.1'), await startPod(owner, '10.1.0.2')];
  const { api, port, publish } = await startWorld(owner, [ready(gone.ip), ready(kept.ip)], flags);
  await until(port, (answer) => answer === gone.ip);
  api.breakWatches();
  publish(ready(kept.ip));
  api.forget();
  await api.listed('EndpointSlice', 2);
  await api.watched('EndpointSlice', 2);
  const before = load(port);
  await before.inARow(kept.ip);
  await before.stop();
  // It still serves: whoever was sent there would be answered.
  const after = load(port);
  await after.inARow(kept.ip);
  return { after: await after.stop() };
}

/** The API goes away and comes back; nobody who uses the pool notices, and what changed meanwhile is taken. */
async function apiAway(owner: Owner, flags: string): Promise<Told> {
  const [one, two] = [await startPod(owner, '10.1.0.1'), await startPod(owner, '10.1.0.2')];
  const { api, port, publish, status, metric, herald } = await startWorld(owner, [ready(one.ip)], flags);
  await until(port, (answer) => answer === one.ip);
  await api.close();
  const clients = load(port);
  await herald.logged(({ code }) => code === 'api_reset' || code === 'api_refused');
  await clients.inARow(one.ip);
  const away = {
    answers: await clients.stop(),
    startupz: await status('/startupz'),
    readyz: await status('/readyz'),
    synced: await metric(/^herald_discovery_synced/),
    errors: await metric(/^herald_discovery_errors_total/),
  };
  publish(ready(two.ip));
  await api.open();
  await until(port, (answer) => answer === two.ip);
  const back = await herald.logged(({ code }) => code === 'api_back');
  const said = herald.complaints.map(({ source, code }) => [source, code]);
  return { ...away, back: back.source, said };
}

/** Every endpoint is on another node. */
async function noLocal(owner: Owner, flags: string): Promise<Told> {
  const pod = await startPod(owner, '10.1.0.1');
  const { port, publish, metric, herald } = await startWorld(
    owner,
    [ready(pod.ip, { nodeName: 'b' })],
    flags,
  );
  const answer = await ask(port);
  const closed = await metric(/^herald_sessions_closed_total\{.*reason="no_local_endpoint"/);
  publish(ready(pod.ip, { nodeName: 'a' }));
  await until(port, (got) => got === pod.ip);
  const warnings = herald.complaints.map(({ msg }) => msg);
  return { answer, closed, warnings };
}

/** The Service changes its policy, and Herald with it. */
async function follow(owner: Owner, flags: string): Promise<Told> {
  const [near, far] = [await startPod(owner, '10.1.0.1'), await startPod(owner, '10.1.0.2')];
  const both = [ready(near.ip, { nodeName: 'a' }), ready(far.ip, { nodeName: 'b' })];
  const { api, port, metric } = await startWorld(owner, both, flags);
  const unread = await metric(/^herald_endpoints\{.*state="usable"/);
  const external = (externalTrafficPolicy: string) =>
    api.put(service({ type: 'LoadBalancer', externalTrafficPolicy }));
  external('Local');
  const usable = async (count: number) => {
    while ((await metric(/^herald_endpoints\{.*state="usable"/)) !== count);
  };
  await usable(1);
  const answers = new Set<string>();
  for (let turn = 0; turn < 6; turn++) answers.add(await ask(port));
  external('Cluster');
  await usable(2);
  return { unread, local: [...answers] };
}

/** A pod is killed outright while both have open sessions. */
async function killed(owner: Owner, flags: string): Promise<Told> {
  const pods = await Promise.all(['10.1.0.1', '10.1.0.2'].map((ip) => startPod(owner, ip)));
  const [gone, kept] = [pods[0]!, pods[1]!];
  const first = pods.map(({ ip }) => ready(ip));
  const { port, publish } = await startWorld(owner, first, flags);
  await served(port);
  while (gone.open + kept.open > 0) await pause(10);
  const visits = Array.from({ length: 16 }, () => visit(port));
  // A session that still connects would go to another endpoint, and not be lost.
  while (gone.heard + kept.heard < visits.length) await pause(10);
  const had = gone.open;
  const kill = gone.kill();
  publish(ready(kept.ip));
  await kill;
  const isOver = ({ socket }: { socket: Socket }) => socket.closed;
  while (visits.filter(isOver).length < had) await pause(10);
  for (const { socket } of visits) if (!socket.closed) socket.end('done');
  const endings = await Promise.all(visits.map(({ ended }) => ended));
  const count = (ending: string) => endings.filter((each) => each === ending).length;
  return { lost: count('reset') - had, served: count(kept.ip) - (visits.length - had), had };
}

/** A client that says a word, and nothing more until its socket is ended. */
function visit(port: number): { readonly socket: Socket; readonly ended: Promise<string> } {
  const socket = connect({ host: '127.0.0.1', port });
  socket.write('hello');
  const ended = new Promise<string>((resolve) => {
    socket.on('data', (data) => resolve(String(data)));
    socket.on('error', () => {});
    socket.on('close', () => resolve('reset'));
  });
  return { socket, ended };
}

/** A balancer asks for the health of the Service: while pods come and go, and while Herald drains. */
async function health(owner: Owner, flags: string): Promise<Told> {
  const pod = await startPod(owner, '10.1.0.1');
  const local = { nodeName: 'a' };
  const { port, publish, herald } = await startWorld(owner, [ready(pod.ip, local)], flags);
  const at = herald.opsPort('service-health');
  const weight = async () => {
    const response = await fetch(`http://127.0.0.1:${at}/`);
    const body = await response.text();
    return [response.status, response.headers.get('x-load-balancing-endpoint-weight'), body];
  };
  const serving = await weight();
  publish(terminating(pod.ip, local));
  while ((await weight())[0] !== 503);
  const ending = [...(await weight()).slice(0, 2), await ask(port)];
  publish(ready(pod.ip, local));
  while ((await weight())[0] !== 200);
  herald.signal('SIGTERM');
  await herald.logged(({ msg }) => msg === 'draining');
  const draining = [...(await weight()).slice(0, 2), await ask(port)];
  return { serving, ending, draining };
}

/** A pod that the API calls ready and that does not listen, in a pool that is checked. */
async function probes(owner: Owner, flags: string): Promise<Told> {
  const pod = await startPod(owner, '10.1.0.1');
  const { port, metric, herald } = await startWorld(owner, [ready(pod.ip), ready('10.1.0.2')], flags);
  await herald.logged(({ msg }) => msg === 'endpoint down: its health checks fail');
  const down = [
    await metric(/^herald_probe_down/),
    await metric(/^herald_endpoints\{.*state="ejected"/),
    await metric(/^herald_endpoints\{.*state="usable"/),
  ];
  const answers = new Set(await Promise.all(Array.from({ length: 20 }, () => ask(port))));
  const refused = await metric(/^herald_connect_failures_total\{.*reason="connect_refused"/);
  await startPod(owner, '10.1.0.2');
  await herald.logged(({ msg }) => msg === 'endpoint up again: its health checks succeed');
  return { down, answers: [...answers], refused };
}

/** An endpoint vanishes while it has a session, and its sessions are to end with it. */
async function gone(owner: Owner, flags: string): Promise<Told> {
  const pods = await Promise.all(['10.1.0.1', '10.1.0.2'].map((ip) => startPod(owner, ip)));
  const { port, publish, reasons } = await startWorld(owner, [ready(pods[0]!.ip)], flags);
  await served(port);
  while (pods[0]!.open > 0) await pause(10);
  const { ended } = visit(port);
  while (pods[0]!.heard < 1) await pause(10);
  publish(ready(pods[1]!.ip));
  const ending = await ended;
  return { ending, endpoint_gone: (await reasons()).endpoint_gone };
}

/** The API can't be reached at all. */
async function neverSynced(owner: Owner, flags: string): Promise<Told> {
  const pod = await startPod(owner, '10.1.0.1');
  const { api, port, publish, status } = await startWorld(owner, [], flags, (each) => each.close());
  const probes = await Promise.all(['/startupz', '/readyz', '/lb-healthz', '/livez'].map(status));
  const answer = await ask(port);
  publish(ready(pod.ip));
  await api.open();
  while ((await status('/startupz')) !== 200);
  // The probe tells that the API has answered; workers hear of its endpoints a moment later.
  await until(port, (got) => got === pod.ip);
  return { probes, answer };
}

export const SCENARIOS: { readonly [name: string]: Scenario } = {
  roll,
  terminatingAlone,
  latencyOfAll,
  latencyOfOne: (owner, flags) => latencyOfOne(owner, flags, 1000),
  latencyOfOneOf10000: (owner, flags) => latencyOfOne(owner, flags, 10_000),
  relist,
  apiAway,
  noLocal,
  follow,
  sourceRanges,
  killed,
  health,
  probes,
  gone,
  web,
  neverSynced,
};

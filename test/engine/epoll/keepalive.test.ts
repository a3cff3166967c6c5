import { readFile } from 'node:fs/promises';
import { ENGINE_DEFAULTS, EngineHarness, endpointAt, type PlanParts } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { unusedPort } from '../../helpers/unused-port.ts';
import { fromLinux, onLinux } from '../../linux/on-linux.ts';
import { startPicking } from './hop-parts.ts';

const { createEpollEngine } = await fromLinux(() => import('../../../src/engine/epoll/epoll-engine.ts'));

const HEX = 16;
/** `tr` of proc(5)'s net/tcp, where the timer that runs is keepalive's. */
const KEEPALIVE_TIMER = '02';
/** USER_HZ: what the kernel counts in towards user space. */
const TICKS_A_SECOND = 100;

/** In how many seconds the kernel will probe the client of the connection, as it is seen from the listener; null: never. */
async function probedIn(port: number, client: number): Promise<number | null> {
  const ends = [port, client].map((end) => `0100007F:${end.toString(HEX).toUpperCase().padStart(4, '0')}`);
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/\s+/));
  const [timer, ticks] = rows.find((row) => row[1] === ends[0] && row[2] === ends[1])![5]!.split(':');
  return timer === KEEPALIVE_TIMER ? Number.parseInt(ticks!, HEX) / TICKS_A_SECOND : null;
}

onLinux('a reload that changes the keepalive changes that of clients who come from then on', async (t) => {
  const endpoint = await ScriptedEndpoint.start();
  const port = await unusedPort();
  const plan = (keepaliveMs: number, id = 0): PlanParts => ({
    id,
    listen: { kind: 'tcp', ip: new Uint8Array([127, 0, 0, 1]), port },
    endpoints: [endpointAt(endpoint.port, id)],
    timeouts: { keepaliveMs },
  });
  const harness = await EngineHarness.start(
    (parts) => createEpollEngine({ ...ENGINE_DEFAULTS, ...parts, threads: 1 }),
    plan(0),
  );
  t.teardown(async () => {
    await harness.stop();
    await endpoint.stop();
  });
  const comes = async () => {
    const client = await harness.connect();
    await endpoint.accept();
    return probedIn(port, client.socket.localPort!);
  };
  t.is(await comes(), null);
  for (const seconds of [30, 500]) {
    await harness.apply(plan(seconds * 1000));
    const probed = await comes();
    t.true(probed !== null && probed > seconds - 10 && probed <= seconds + 1, `${seconds}: ${probed}`);
  }
  await harness.apply(plan(0));
  t.is(await comes(), null);
  // Under another name the socket is the same.
  await harness.apply(plan(30_000, 1));
  t.not(await comes(), null);
});

onLinux(
  'a hop that is waited for without a connect timeout is probed, as nothing else would find it gone',
  async (t) => {
    const probed = async (connectMs: number) => {
      const { come, handed } = await startPicking(t, 1, { timeouts: { connectMs, keepaliveMs: 30_000 } });
      await come('hello');
      const { localPort, remotePort } = (await handed()).hop.socket;
      // Until the header is acknowledged the timer is that of retransmission.
      for (let reads = 0; reads < 100; reads++) {
        const seconds = await probedIn(remotePort!, localPort!);
        if (seconds !== null) return seconds;
      }
      return null;
    };
    const seconds = await probed(0);
    t.true(seconds !== null && seconds > 20 && seconds <= 31, `${seconds}`);
    t.is(await probed(60_000), null);
  },
);

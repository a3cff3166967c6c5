import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Generations } from '../helpers/generations.ts';
import { NAMESPACE, SERVICE, service, slice } from '../helpers/kubernetes-objects.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { scriptedKubernetes } from '../helpers/scripted-kubernetes.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { startOpenLoop } from '../restarts/open-loop.ts';
import { askOps, localhost } from '../restarts/take-over-world.ts';
import { kubeconfigOf, ready } from './kubernetes/world.ts';

const onLinux = process.platform === 'linux' ? test.serial : test.skip;

const HASTY = new URL('../helpers/hasty-timers.js', import.meta.url);

/** An edge whose endpoints are those of a Service, with the health of that Service on an address of its own. */
async function createWorld(t: ExecutionContext) {
  const api = await scriptedKubernetes({ over: 'h2' });
  t.teardown(() => api.close());
  api.put(service());
  api.put(slice('web-1', [ready('10.1.0.1')]));
  const folder = await folderFor(t);
  const [kubeconfig, word] = [join(folder, 'kubeconfig'), join(folder, 'word')];
  writeFileSync(word, 'good');
  writeFileSync(kubeconfig, kubeconfigOf(api.url));
  const [port, healthPort] = [await unusedPort(), await unusedPort()];
  const herald = await Generations.start(
    t,
    `edge --listen 127.0.0.1:${port} --to k8s:${NAMESPACE}/${SERVICE}:http --metrics none --admin none --service-health 127.0.0.1:${healthPort} --kubeconfig ${kubeconfig}`,
    { env: { NODE_OPTIONS: `--import ${HASTY}`, HASTY: '30000', ODD_SUCCESSOR: word } },
  );
  await herald.program.logged(({ msg }) => msg === 'listening');
  return { api, herald, healthPort, word };
}

onLinux('a balancer that probes the health of a Service meets no gap, and no 503', async (t) => {
  const { herald, healthPort } = await createWorld(t);
  const probes = startOpenLoop({ to: localhost(healthPort), rate: 100, path: '/' });
  await probes.more(20);
  const old = herald.pid;
  await herald.takeOver();
  await herald.exitOf(old);
  await probes.more(20);
  const { connections, answered, errors } = await probes.stop();
  t.is(answered, connections, JSON.stringify(errors));
  t.deepEqual(await askOps(herald, healthPort, '/'), { pid: herald.pid, status: 200 });
  t.deepEqual(await herald.stop(), { code: 0, signal: null });
  t.deepEqual(herald.complaints, []);
});

onLinux('a successor that does not hear of its endpoints does not take over', async (t) => {
  const { api, herald, healthPort, word } = await createWorld(t);
  writeFileSync(word, 'hang');
  const old = herald.pid;
  await api.close();
  herald.signal('SIGUSR2');
  await herald.program.logged(({ level, source }) => level === 'error' && source === undefined);
  t.deepEqual(await askOps(herald, healthPort, '/'), { pid: old, status: 200 });
  t.false(herald.log.some(({ msg }) => msg === 'draining'));
});

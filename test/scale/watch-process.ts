import { createClusterWatch } from '../../src/controller/cluster-watch.ts';
import { createKubernetesClient } from '../../src/discovery/kubernetes/api-client.ts';
import { createKubernetesSource } from '../../src/discovery/kubernetes/kubernetes-source.ts';
import { trustingAccess } from '../discovery/kubernetes/watch-parts.ts';
import { namespaceOf } from './large-cluster.ts';
import type { FromWatch, ToWatch } from './scale-messages.ts';

// One process with the watch of a whole cluster and a source for each Service, as a gateway has them; told by its parent.

const [, , url = '', count = '0'] = process.argv;
const client = createKubernetesClient(trustingAccess(new URL(url)));
const watch = createClusterWatch({
  ...{ client, ownNamespace: 'herald', leaseSelector: 'app.kubernetes.io/component=gateway-instance' },
  options: { endpointCidrs: [], checkPods: false, prefix: 'herald/' },
  changed,
  remark: ({ code, message }) => console.error(`${code}: ${message}`),
});
const sources = Array.from({ length: Number(count) }, (_, n) =>
  createKubernetesSource({
    ...{ name: `k8s:${namespaceOf(n)}/web-${n}:http`, namespace: namespaceOf(n), service: `web-${n}` },
    ...{ port: 'http', family: 'auto', cidrs: null, cluster: watch.cluster },
  }),
);
/** The Service and the revision that the parent wants to hear of. */
let awaited: ToWatch | null = null;
let hasBegun = false;

function tell(message: FromWatch): void {
  process.send!(message);
}

function changed(): void {
  if (!hasBegun) begin();
  if (awaited === null) return;
  const { annotations } = watch.objects.services.get(awaited.service) ?? {};
  if (annotations?.['example.com/revision'] !== awaited.revision) return;
  awaited = null;
  tell({ is: 'changed', atNs: `${process.hrtime.bigint()}` });
}

function begin(): void {
  hasBegun = true;
  const told = { changed: tellSynced, remark() {} };
  for (const source of sources) source.start(told);
}

function tellSynced(): void {
  if (!sources.every(({ state }) => state.synced)) return;
  const endpoints = sources.reduce((sum, { state }) => sum + state.endpoints.length, 0);
  tell({ is: 'synced', atNs: `${process.hrtime.bigint()}`, endpoints });
}

process.on('message', (message: ToWatch) => {
  awaited = message;
  changed();
});
process.on('disconnect', () => process.exit());
watch.start();

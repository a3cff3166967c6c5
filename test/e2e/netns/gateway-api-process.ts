// The API of Kubernetes for all nodes of a cluster. Argument: the address to be open on. Standard input: a line of JSON for
// each thing to do. Standard output: its URL, and then each object that was changed, as JSON.
import { createInterface } from 'node:readline';
import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import { scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import type { Order } from './gateway-api.ts';

const api = await scriptedKubernetes({ over: 'h2', host: process.argv[2]! });
process.stdout.write(`${api.url.origin}\n`);

const told = new Map<string, string>();
function tell(): void {
  for (const kind of ['Service', 'Event', 'Lease']) {
    for (const object of api.all(kind)) {
      const { namespace = '', name, resourceVersion = '' } = object.metadata;
      const key = `${kind}/${namespace}/${name}`;
      if (told.get(key) === resourceVersion) continue;
      told.set(key, resourceVersion);
      process.stdout.write(`${JSON.stringify(object)}\n`);
    }
  }
}
api.watchChanges(tell);

for await (const line of createInterface(process.stdin)) {
  const order: Order = JSON.parse(line);
  if ('put' in order) api.put(order.put as ApiObject);
  else if ('remove' in order) api.remove(...order.remove);
  else api.dropsIpMode = order.dropsIpMode;
}
await api.close();

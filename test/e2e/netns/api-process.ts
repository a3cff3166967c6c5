// The API of Kubernetes, on loopback of the network that it is started in. Argument: the objects that there are at
// first, as JSON. Standard input: a line of JSON for each object that is made or changed later. Standard output: its
// URL, once it is open.
import { createInterface } from 'node:readline';
import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import { scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';

const api = await scriptedKubernetes();
const first: readonly ApiObject[] = JSON.parse(process.argv[2]!);
for (const object of first) api.put(object);
process.stdout.write(`${api.url.origin}\n`);
for await (const line of createInterface(process.stdin)) api.put(JSON.parse(line));
await api.close();

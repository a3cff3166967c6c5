import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { service, slice } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { PeerProcess } from '../../helpers/peer-process.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { kubeconfigOf, ready, terminating } from '../kubernetes/world.ts';
import type { Cluster, ClusterNode, Pod } from './cluster.ts';

const API = fileURLToPath(new URL('./api-process.js', import.meta.url));

/** Where pods are met by those who send a PROXY header: what the Service's port `http` comes to. */
const PORTS = [{ name: 'http', port: 9001, protocol: 'TCP' }];

/** A pod's entry in the slice. */
interface Entry {
  readonly pod: Pod;
  readonly isTerminating?: boolean;
}

/** The API of Kubernetes as each node has it on its loopback: one Service, whose slice is the same everywhere. */
export class ServiceApi {
  readonly #processes = new Map<ClusterNode, PeerProcess>();
  readonly #kubeconfigs = new Map<ClusterNode, string>();

  private constructor() {}

  /** At first every pod of the cluster is ready. */
  static async start(owner: Owner, cluster: Cluster): Promise<ServiceApi> {
    const api = new ServiceApi();
    const folder = await folderFor(owner);
    const first = [service(), sliceOf(cluster.pods.map((pod) => ({ pod })))];
    const starting = cluster.nodes.map(async (node) => {
      const process = new PeerProcess(globalThis.process.execPath, [API, JSON.stringify(first)], {
        within: node.namespace.within,
        open: true,
      });
      owner.teardown(() => process.stop('SIGKILL'));
      const kubeconfig = join(folder, node.name);
      await writeFile(kubeconfig, kubeconfigOf(new URL(await process.line(/^http:/))));
      api.#processes.set(node, process);
      api.#kubeconfigs.set(node, kubeconfig);
    });
    await Promise.all(starting);
    return api;
  }

  /** The file by which a process on this node reaches it. */
  kubeconfig(node: ClusterNode): string {
    return this.#kubeconfigs.get(node)!;
  }

  /** Changes the slice, on every node. */
  publish(entries: readonly Entry[]): void {
    const line = `${JSON.stringify(sliceOf(entries))}\n`;
    for (const { child } of this.#processes.values()) child.stdin!.write(line);
  }
}

function sliceOf(entries: readonly Entry[]) {
  const endpoints = entries.map(({ pod: { address, node }, isTerminating = false }) =>
    (isTerminating ? terminating : ready)(address, { nodeName: node }),
  );
  return slice('web-1', endpoints, { ports: PORTS });
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { PeerProcess } from '../../helpers/peer-process.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { kubeconfigOf } from '../kubernetes/world.ts';
import type { Cluster } from './cluster.ts';

/** What the process of the API is told to do, one a line. */
export type Order =
  | { readonly put: ApiObject }
  | { readonly remove: readonly [kind: string, name: string, namespace?: string] }
  | { readonly dropsIpMode: boolean };

const PROCESS = fileURLToPath(new URL('./gateway-api-process.js', import.meta.url));
/** Beside the clients, on the wire of all nodes. */
const ADDRESS = '198.18.0.50';

/** One API of Kubernetes that every node reaches. */
export class GatewayApi extends PeerProcess {
  /** Services, Events and Leases as they were last, by `Kind/namespace/name`. */
  readonly objects = new Map<string, ApiObject>();
  kubeconfig = '';

  static async start(owner: Owner, { outside }: Pick<Cluster, 'outside'>): Promise<GatewayApi> {
    outside.ip(`addr add ${ADDRESS}/24 dev eth0`);
    const api = new GatewayApi(process.execPath, [PROCESS, ADDRESS], { within: outside.within, open: true });
    owner.teardown(() => api.stop('SIGKILL'));
    const url = new URL(await api.line(/^https:/));
    api.kubeconfig = join(await folderFor(owner), 'kubeconfig');
    await writeFile(api.kubeconfig, kubeconfigOf(url, 'localhost'));
    return api;
  }

  order(...orders: readonly Order[]): void {
    this.child.stdin!.write(orders.map((order) => `${JSON.stringify(order)}\n`).join(''));
  }

  put(...objects: readonly ApiObject[]): void {
    this.order(...objects.map((object) => ({ put: object })));
  }

  /** The addresses of a Service's status, sorted, once they fit. */
  ingress(name: string, fits: (addresses: readonly string[]) => boolean): Promise<readonly string[]> {
    return this.until(`addresses of ${name} (${fits})`, () => {
      const status = this.objects.get(`Service/${name}`)?.status as Status | undefined;
      const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip ?? '').sort();
      return fits(addresses) ? addresses : undefined;
    });
  }

  /** The message of the first Event of this reason about an object. */
  event(name: string, reason: string): Promise<string> {
    return this.until(`Event ${reason} of ${name}`, () => {
      for (const object of this.objects.values()) {
        if (object.kind !== 'Event' || object.reason !== reason) continue;
        const about = (object.involvedObject ?? object.regarding) as { namespace?: string; name: string };
        if (`${about.namespace}/${about.name}` === name) return String(object.message ?? object.note);
      }
      return undefined;
    });
  }

  /** Who has the Lease of the leader, once it fits. */
  leader(fits: (holder: string) => boolean): Promise<string> {
    return this.until(`leader (${fits})`, () => {
      const lease = this.objects.get('Lease/herald/herald-gateway');
      const holder = (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity ?? '';
      return fits(holder) ? holder : undefined;
    });
  }

  /** Repeats what gives up after the patience of a process, until so much time has passed. */
  async within<T>(ms: number, wait: () => Promise<T>): Promise<T> {
    for (const end = Date.now() + ms; ; ) {
      try {
        return await wait();
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }

  protected override heard(line: string): void {
    if (!line.startsWith('{')) return;
    const object: ApiObject = JSON.parse(line);
    this.objects.set(`${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
  }
}

interface Status {
  readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] };
}

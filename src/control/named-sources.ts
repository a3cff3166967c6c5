import { createIpSet } from '../address/ip-set.ts';
import { ConfigError } from '../config/config-error.ts';
import { createDnsSource } from '../discovery/dns/dns-source.ts';
import { createSrvSource } from '../discovery/dns/srv-source.ts';
import type { FamilyChoice } from '../discovery/family.ts';
import type { KubernetesAccess } from '../discovery/kubernetes/access.ts';
import { createKubernetesClient, type KubernetesClient } from '../discovery/kubernetes/api-client.ts';
import { createCluster, type KubernetesCluster } from '../discovery/kubernetes/cluster.ts';
import { createKubernetesSource } from '../discovery/kubernetes/kubernetes-source.ts';
import { loadKubernetesAccess } from '../discovery/kubernetes/load-access.ts';
import type { EndpointSource, SourceRemark } from '../endpoints/endpoint-source.ts';
import type { WantedSource } from './wanted-sources.ts';

/** Makes the sources that are names: DNS and Kubernetes. It is loaded on demand, so that a Herald without names stays small. */
export interface NamedSources {
  /** Throws a `ConfigError` if the API of Kubernetes is needed and no access to it is configured. */
  create(wanted: Extract<WantedSource, { kind: 'name' }>): EndpointSource;
  readonly namespace: string;
  stop(): void;
}

/** A remark about something that sources share. `of` takes the place of a source's name in the log. */
export type SharedRemark = (of: string, remark: SourceRemark) => void;

export interface NamedSourcesOptions {
  readonly env: { readonly [name: string]: string | undefined };
  readonly kubeconfig: string | null;
  readonly kubeContext: string | null;
}

/** The name of the API in the log's field `source`. */
const API = 'kubernetes';

interface Opened {
  readonly access: KubernetesAccess;
  readonly client: KubernetesClient;
  readonly cluster: KubernetesCluster;
}

/** The connection to the API of Kubernetes is set up when the first Service is wanted. */
export function createNamedSources(options: NamedSourcesOptions, hear: SharedRemark): NamedSources {
  let opened: Opened | null = null;
  const open = (): Opened => {
    if (opened === null) {
      const access = findAccess(options);
      const client = createKubernetesClient(access);
      opened = { access, client, cluster: createCluster({ client, remark: (remark) => hear(API, remark) }) };
    }
    return opened;
  };
  return {
    create(wanted) {
      const { name } = wanted;
      const common = {
        name: name.text,
        family: familyOf(wanted.family),
        cidrs: wanted.cidrs.length === 0 ? null : createIpSet(wanted.cidrs),
      };
      switch (name.kind) {
        case 'dns':
          return createDnsSource({ ...common, host: name.host, port: name.port || null });
        case 'srv':
          return createSrvSource({ ...common, service: name.host });
        case 'k8s': {
          const { access, cluster } = open();
          const namespace = name.namespace ?? access.namespace;
          const { service, port } = name;
          return createKubernetesSource({ ...common, namespace, service, port: port || null, cluster });
        }
      }
    },
    get namespace() {
      return opened?.access.namespace ?? '';
    },
    stop() {
      opened?.cluster.stop();
      opened?.client.stop();
    },
  };
}

function familyOf(family: 'auto' | '4' | '6'): FamilyChoice {
  return family === 'auto' ? family : family === '4' ? 4 : 6;
}

function findAccess({ env, kubeconfig, kubeContext }: NamedSourcesOptions): KubernetesAccess {
  const access = loadKubernetesAccess({ env, kubeconfig, context: kubeContext });
  if (!('problem' in access)) return access;
  const message = `no access to the API of Kubernetes: ${access.problem}`;
  const expected = 'a kubeconfig, or to run in a cluster';
  throw new ConfigError([
    { code: 'no_cluster', option: '--kubeconfig', expected, got: kubeconfig ?? 'nothing', message },
  ]);
}

import { createIpSet } from '../address/ip-set.ts';
import { ConfigError } from '../config/config-error.ts';
import { instancesNotHere } from '../config/transparent-checks.ts';
import type { FamilyChoice } from '../discovery/address-rules.ts';
import { createDnsSource } from '../discovery/dns/dns-source.ts';
import { createSrvSource } from '../discovery/dns/srv-source.ts';
import { createKubernetesClient } from '../discovery/kubernetes/api-client.ts';
import { createCluster, type KubernetesCluster } from '../discovery/kubernetes/cluster.ts';
import { createKubernetesSource } from '../discovery/kubernetes/kubernetes-source.ts';
import type { EndpointSource, SourceRemark } from '../endpoints/endpoint-source.ts';
import { type AccessPlaces, findAccess } from './kubernetes-access.ts';
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

/** The API of Kubernetes, and the Services that are followed there. */
export interface SharedKubernetes {
  /** The namespace of Services that are written without one. */
  readonly namespace: string;
  readonly cluster: KubernetesCluster;
  /** The instances of the gateway as a source: each on its node, at the address where it takes sessions for the pods of that node. */
  readonly instances?: () => EndpointSource;
  stop(): void;
}

export interface NamedSourcesOptions extends AccessPlaces {
  /** Default: a connection of their own, made when the first Service is wanted. */
  readonly kubernetes?: SharedKubernetes | undefined;
}

/** The name of the API in the log's field `source`. */
const API = 'kubernetes';

/** The connection to the API of Kubernetes is set up when the first Service is wanted. */
export function createNamedSources(options: NamedSourcesOptions, hear: SharedRemark): NamedSources {
  let opened = options.kubernetes ?? null;
  const open = (): SharedKubernetes => {
    opened ??= openKubernetes(options, hear);
    return opened;
  };
  return {
    create(wanted) {
      const { name } = wanted;
      const family = familyOf(wanted.family);
      const cidrs = wanted.cidrs.length === 0 ? null : createIpSet(wanted.cidrs);
      const common = { name: name.text, family, cidrs };
      switch (name.kind) {
        case 'dns':
          return createDnsSource({ ...common, host: name.host, port: name.port || null });
        case 'instances': {
          const made = options.kubernetes?.instances?.();
          if (made === undefined) throw new ConfigError([instancesNotHere(name.text)]);
          return made;
        }
        case 'srv':
          return createSrvSource({ ...common, service: name.host });
        case 'k8s': {
          const { namespace: own, cluster } = open();
          const namespace = name.namespace ?? own;
          const { service, port } = name;
          // Field by field: V8 gives a copy by `...` a hidden class of its own, and each source keeps its options.
          const written = port || null;
          return createKubernetesSource({
            name: name.text,
            namespace,
            service,
            port: written,
            family,
            cidrs,
            cluster,
          });
        }
      }
    },
    get namespace() {
      return opened?.namespace ?? '';
    },
    stop: () => opened?.stop(),
  };
}

function openKubernetes(options: AccessPlaces, hear: SharedRemark): SharedKubernetes {
  const access = findAccess(options);
  const client = createKubernetesClient(access);
  const cluster = createCluster({ client, remark: (remark) => hear(API, remark) });
  return {
    ...{ namespace: access.namespace, cluster },
    stop() {
      cluster.stop();
      client.stop();
    },
  };
}

function familyOf(family: Extract<WantedSource, { kind: 'name' }>['family']): FamilyChoice {
  return family === '4' ? 4 : family === '6' ? 6 : family;
}

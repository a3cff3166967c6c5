import { ConfigError } from '../config/config-error.ts';
import type { KubernetesAccess } from '../discovery/kubernetes/access.ts';
import { loadKubernetesAccess } from '../discovery/kubernetes/load-access.ts';

/** Where access to the API of Kubernetes is configured. */
export interface AccessPlaces {
  readonly env: { readonly [name: string]: string | undefined };
  readonly kubeconfig: string | null;
  readonly kubeContext: string | null;
}

/** Access to the API of Kubernetes as it is configured. Throws a `ConfigError` if there is none. */
export function findAccess({ env, kubeconfig, kubeContext }: AccessPlaces): KubernetesAccess {
  const access = loadKubernetesAccess({ env, kubeconfig, context: kubeContext });
  if (!('problem' in access)) return access;
  const message = `no access to the API of Kubernetes: ${access.problem}`;
  const expected = 'a kubeconfig, or to run in a cluster';
  throw new ConfigError([
    { code: 'no_cluster', option: '--kubeconfig', expected, got: kubeconfig ?? 'nothing', message },
  ]);
}

import { type Files, realFiles } from '../files.ts';
import type { AccessProblem, KubernetesAccess } from './access.ts';
import { inClusterAccess } from './in-cluster.ts';
import { kubeconfigAccess } from './kubeconfig.ts';

export interface AccessOptions {
  readonly env: { readonly [name: string]: string | undefined };
  /** `--kubeconfig`; null: in-cluster, else the files of `KUBECONFIG`. */
  readonly kubeconfig: string | null;
  /** `--kube-context`; null: the current one of the file. */
  readonly context: string | null;
  readonly files?: Files;
}

/** Access from a kubeconfig, or from what a pod finds around it. A configuration that is wrong is a value. */
export function loadKubernetesAccess(options: AccessOptions): KubernetesAccess | AccessProblem {
  const { env, kubeconfig, context, files = realFiles } = options;
  if (kubeconfig !== null) return kubeconfigAccess([kubeconfig], context, files);
  if (env.KUBERNETES_SERVICE_HOST) return inClusterAccess(env, files);
  const list = (env.KUBECONFIG ?? '').split(':').filter((path) => path !== '');
  if (list.length > 0) return kubeconfigAccess(list, context, files);
  return {
    problem: 'there is no Kubernetes around: not in a cluster, and neither --kubeconfig nor KUBECONFIG',
  };
}

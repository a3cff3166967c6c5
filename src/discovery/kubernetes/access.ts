import { type Files, realFiles } from '../files.ts';
import { inClusterAccess } from './in-cluster.ts';
import { kubeconfigAccess } from './kubeconfig.ts';

/** Something secret or trusted: itself, or the file that holds it. */
export type Material = { readonly text: string } | { readonly file: string };

/** How the API is reached, and as whom. Files are named, not kept: they are rotated. */
export interface KubernetesAccess {
  /** `https://10.96.0.1:443`, `http://127.0.0.1:8001`, also with a path. */
  readonly url: URL;
  /** Whose Services are meant where none is said. */
  readonly namespace: string;
  readonly token: Material | null;
  readonly ca: Material | null;
  readonly certificate: Material | null;
  readonly key: Material | null;
  /** The name to expect in the server's certificate, where it is not the host. */
  readonly serverName: string | null;
  /** Whoever answers is believed: `insecure-skip-tls-verify`. */
  readonly insecure: boolean;
}

/** Why there is no access: a clause for whoever wrote the configuration. No secret is in it. */
export interface AccessProblem {
  readonly problem: string;
}

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

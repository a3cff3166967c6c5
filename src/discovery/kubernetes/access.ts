import type { Files } from './files.ts';

/** How the API is reached, and as whom. Files are named, not read: they are rotated. */
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
  readonly insecure: boolean;
}

/** Something secret or trusted: itself, or the file that holds it. */
export type Material = { readonly text: string } | { readonly file: string };

/** Why there is no access: a sentence for whoever wrote the configuration. */
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

/** Access from a kubeconfig, or from what a pod finds around it. Wrong configuration is a value, and no secret is in it. */
export function loadKubernetesAccess(_options: AccessOptions): KubernetesAccess | AccessProblem {
  return { problem: 'not built yet' };
}

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

/** A credential or a certificate: as text, or the file that contains it. */
export type Material = { readonly text: string } | { readonly file: string };

/** How to reach the API, and with which credentials. Files are named instead of read, because they are rotated. */
export interface KubernetesAccess {
  /** `https://10.96.0.1:443` or `http://127.0.0.1:8001`; it may have a path. */
  readonly url: URL;
  /** The default namespace of Services. */
  readonly namespace: string;
  readonly token: Material | null;
  readonly ca: Material | null;
  readonly certificate: Material | null;
  readonly key: Material | null;
  /** The name to expect in the server's certificate, if it is not the host. */
  readonly serverName: string | null;
  /** `insecure-skip-tls-verify`: the server's certificate is not verified. */
  readonly insecure: boolean;
}

/** Why there is no access: a clause for the operator, without secrets. */
export interface AccessProblem {
  readonly problem: string;
}

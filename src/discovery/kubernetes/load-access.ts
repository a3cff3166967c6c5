import { formatIp, parseIp } from '../../address/ip.ts';
import { parsePort } from '../../address/socket-address.ts';
import { type Files, realFiles } from '../files.ts';
import type { AccessProblem, KubernetesAccess } from './access.ts';
import { isCertificate, isToken } from './credentials.ts';
import { kubeconfigAccess } from './kubeconfig.ts';

export interface AccessOptions {
  readonly env: { readonly [name: string]: string | undefined };
  /** `--kubeconfig`; null: in-cluster access, else the files of `KUBECONFIG`. */
  readonly kubeconfig: string | null;
  /** `--kube-context`; null: the current-context of the file. */
  readonly context: string | null;
  readonly files?: Files;
}

/** Access by a kubeconfig, or by the environment of a pod. A wrong configuration is returned, not thrown. */
export function loadKubernetesAccess(options: AccessOptions): KubernetesAccess | AccessProblem {
  const { env, kubeconfig, context, files = realFiles } = options;
  if (kubeconfig !== null) return kubeconfigAccess([kubeconfig], context, files);
  if (env.KUBERNETES_SERVICE_HOST) return inClusterAccess(env, files);
  const list = (env.KUBECONFIG ?? '').split(':').filter((path) => path !== '');
  if (list.length > 0) return kubeconfigAccess(list, context, files);
  return {
    problem:
      'Herald does not run in a cluster, and neither --kubeconfig nor KUBECONFIG is set; set one of them to the path of a kubeconfig',
  };
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What the kubelet gives every pod: the API server in the environment, a service account in files. */
function inClusterAccess(
  env: { readonly [name: string]: string | undefined },
  files: Files,
): KubernetesAccess | AccessProblem {
  const url = apiUrl(env.KUBERNETES_SERVICE_HOST ?? '', env.KUBERNETES_SERVICE_PORT ?? '443');
  if (url === null)
    return {
      problem: 'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not the address of an API server',
    };
  const token = `${ACCOUNT}/token`;
  const ca = `${ACCOUNT}/ca.crt`;
  if (!isToken(files.read(token)?.trim() ?? ''))
    return { problem: `${token} holds no token: is automountServiceAccountToken off?` };
  if (!isCertificate(files.read(ca) ?? '')) return { problem: `${ca} holds no certificate` };
  return {
    url,
    namespace: files.read(`${ACCOUNT}/namespace`)?.trim() || 'default',
    token: { file: token },
    ca: { file: ca },
    certificate: null,
    key: null,
    serverName: null,
    insecure: false,
  };
}

function apiUrl(host: string, port: string): URL | null {
  const ip = parseIp(host);
  const name = ip === undefined ? host : ip.length === 16 ? `[${formatIp(ip)}]` : host;
  if (parsePort(port) === undefined || (ip === undefined && !/^[a-z0-9.-]+$/i.test(host))) return null;
  const text = `https://${name}:${port}`;
  return URL.canParse(text) ? new URL(text) : null;
}

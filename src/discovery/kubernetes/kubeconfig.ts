import { parse } from 'yaml';
import type { Files } from '../files.ts';
import type { AccessProblem, KubernetesAccess, Material } from './access.ts';
import { isCertificate, isToken } from './credentials.ts';
import { type JsonObject, listOf, objectOf, textOf } from './json.ts';

/** One entry of a kubeconfig, with the folder to which its relative paths refer. */
interface Entry {
  readonly values: JsonObject;
  readonly folder: string;
}

interface Merged {
  current: string | null;
  readonly clusters: Map<string, Entry>;
  readonly users: Map<string, Entry>;
  readonly contexts: Map<string, Entry>;
}

/** A mistake in the file. Thrown while reading, and turned into an AccessProblem by `kubeconfigAccess`. */
class Wrong extends Error {}

/** Ways to authenticate that Herald does not support, and what to do instead. */
const REFUSED: { readonly [key: string]: string } = {
  exec: 'runs a program to get credentials (exec), which Herald does not support; use a token (kubectl create token)',
  'auth-provider': 'has an auth-provider, which Kubernetes no longer supports; use a token',
  username: 'has a password, which Kubernetes no longer accepts; use a token',
  as: 'impersonates another account, which Herald does not support; use a token of that account',
};

/** Access by a context of one or several kubeconfig files. Of entries with the same name, that of the first file counts. */
export function kubeconfigAccess(
  paths: readonly string[],
  context: string | null,
  files: Files,
): KubernetesAccess | AccessProblem {
  try {
    return accessOf(merge(paths, files), context, files);
  } catch (error) {
    if (error instanceof Wrong) return { problem: error.message };
    throw error;
  }
}

function accessOf(merged: Merged, wanted: string | null, files: Files): KubernetesAccess {
  const name = wanted ?? merged.current;
  if (name === null)
    throw new Wrong('the kubeconfig has no current-context; select a context with --kube-context');
  const context = find(merged.contexts, 'context', name).values;
  const cluster = find(merged.clusters, 'cluster', textOf(context.cluster) ?? '');
  const named = textOf(context.user);
  const user = named === null ? { values: {}, folder: '' } : find(merged.users, 'user', named);
  for (const [key, why] of Object.entries(REFUSED))
    if (user.values[key] != null) throw new Wrong(`the user "${named}" of the kubeconfig ${why}`);
  if (cluster.values['proxy-url'] != null)
    throw new Wrong('the cluster of the kubeconfig has a proxy-url, which Herald does not support');
  const url = serverOf(cluster.values);
  const token = tokenOf(user, files);
  if (token !== null && url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new Wrong(`the token of the kubeconfig would be sent unencrypted to ${url.host}; use https://`);
  const certificate = pemOf(user, 'client-certificate', isCertificate, files);
  const key = pemOf(user, 'client-key', (text) => text.includes('PRIVATE KEY'), files);
  if ((certificate === null) !== (key === null))
    throw new Wrong(
      `the user "${named}" of the kubeconfig has only one of client-certificate and client-key`,
    );
  return {
    url,
    namespace: textOf(context.namespace) ?? 'default',
    token,
    ca: pemOf(cluster, 'certificate-authority', isCertificate, files),
    certificate,
    key,
    serverName: textOf(cluster.values['tls-server-name']),
    insecure: cluster.values['insecure-skip-tls-verify'] === true,
  };
}

function merge(paths: readonly string[], files: Files): Merged {
  const merged: Merged = { current: null, clusters: new Map(), users: new Map(), contexts: new Map() };
  for (const path of paths) {
    const text = files.read(path);
    // As in kubectl: if several files are listed, some may be missing.
    if (text === undefined && paths.length > 1) continue;
    if (text === undefined) throw new Wrong(`the kubeconfig ${path} cannot be read`);
    const file = objectOf(parseYaml(text, path));
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '';
    merged.current ??= textOf(file['current-context']);
    add(merged.clusters, file.clusters, 'cluster', folder);
    add(merged.users, file.users, 'user', folder);
    add(merged.contexts, file.contexts, 'context', folder);
  }
  return merged;
}

/** JSON is YAML, too. The parser's message is not passed on: it quotes lines, which may contain tokens. */
function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text, { logLevel: 'error' });
  } catch {
    throw new Wrong(`the kubeconfig ${path} is not YAML`);
  }
}

function add(entries: Map<string, Entry>, list: unknown, key: string, folder: string): void {
  for (const each of listOf(list)) {
    const entry = objectOf(each);
    const name = textOf(entry.name);
    if (name !== null && !entries.has(name)) entries.set(name, { values: objectOf(entry[key]), folder });
  }
}

function find(entries: ReadonlyMap<string, Entry>, what: string, name: string): Entry {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  const known = [...entries.keys()].map((each) => `"${each}"`).join(', ');
  throw new Wrong(`the kubeconfig has no ${what} "${name}"${known === '' ? '' : `: it has ${known}`}`);
}

function serverOf({ server }: JsonObject): URL {
  const text = textOf(server) ?? '';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '')
    throw new Wrong('the server of the kubeconfig is not an https:// or http:// URL');
  return url;
}

/** The file wins over the text, as in kubectl: the file is the one that is refreshed. */
function tokenOf({ values, folder }: Entry, files: Files): Material | null {
  const file = textOf(values.tokenFile);
  const text = textOf(values.token)?.trim() ?? null;
  if (file !== null) {
    const path = pathIn(folder, file);
    if (!isToken(files.read(path)?.trim() ?? '')) throw new Wrong(`the token file ${path} holds no token`);
    return { file: path };
  }
  if (text !== null && !isToken(text)) throw new Wrong('the token of the kubeconfig is not a valid token');
  return text === null ? null : { text };
}

/** `KEY-data` (base64) wins over `KEY` (a path), as in kubectl. */
function pemOf(
  { values, folder }: Entry,
  key: string,
  isGood: (text: string) => boolean,
  files: Files,
): Material | null {
  const data = textOf(values[`${key}-data`]);
  const file = textOf(values[key]);
  if (data === null && file === null) return null;
  const path = pathIn(folder, file ?? '');
  const text = data === null ? files.read(path) : Buffer.from(data, 'base64').toString('utf8');
  if (text === undefined || !isGood(text))
    throw new Wrong(
      `${key}${data === null ? ` ${path}` : '-data'} of the kubeconfig is not valid PEM of that kind`,
    );
  return data === null ? { file: path } : { text };
}

function pathIn(folder: string, path: string): string {
  return path.startsWith('/') ? path : folder + path;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host);
}

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect, createServer, isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { checkServerIdentity } from 'node:tls';
import { parse } from 'yaml';
import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { kindOf } from '../../helpers/scripted-kubernetes-kinds.ts';
import type { ClusterApi } from './cluster-api.ts';

// A real API server for the same tests. They run in a network of their own: a relay on its loopback leads through a unix
// socket to a relay outside (outer-relay.ts), whose path is in HERALD_API_SOCKET_TEST. TLS is between Herald and the server.

interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON
  readonly body: any;
}

interface Credentials {
  readonly host: string;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly token: string | undefined;
}

const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 60_000;

/** Objects that tests put are removed when they end. */
export async function startRealApi(owner: Owner, kubeconfig: string): Promise<ClusterApi> {
  const credentials = readCredentials(kubeconfig);
  const port = await startInnerRelay(owner, process.env.HERALD_API_SOCKET_TEST!);
  const folder = await folderFor(owner);
  const own = join(folder, 'kubeconfig');
  await writeFile(own, innerKubeconfig(credentials, port));
  const put = new Map<string, ApiObject>();

  const send = (method: string, path: string, body?: unknown, type = 'application/json') =>
    ask(credentials, port, method, path, body, type);
  const must = (reply: Reply): Reply => {
    if (reply.status >= 300)
      throw new Error(`the API answers ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply;
  };
  const remove = async (kind: string, name: string, namespace = 'shop') => {
    await send('DELETE', pathOf(kind, namespace, name));
    put.delete(`${kind}/${namespace}/${name}`);
  };
  owner.teardown(async () => {
    for (const { kind, metadata } of [...put.values()].reverse())
      await remove(kind, metadata.name, metadata.namespace);
  });

  return {
    kubeconfig: own,
    scripted: null,
    async put(object) {
      const { kind, metadata } = object;
      const version = object.apiVersion.split('/').at(-1);
      const path = pathOf(kind, metadata.namespace ?? '', metadata.name, version);
      // The server says when an object was made, to the second: the next one is younger.
      if (metadata.creationTimestamp !== undefined) await pause(1100);
      const apply = '?fieldManager=herald-test&force=true';
      must(await send('PATCH', `${path}${apply}`, withoutStatus(object), 'application/apply-patch+yaml'));
      if (object.status !== undefined) {
        const { apiVersion, status } = object;
        const { name, namespace } = metadata;
        const body = { apiVersion, kind, metadata: { name, namespace }, status };
        must(await send('PATCH', `${path}/status${apply}`, body, 'application/apply-patch+yaml'));
      }
      put.set(`${kind}/${metadata.namespace ?? ''}/${metadata.name}`, object);
    },
    remove,
    async get(kind, name, namespace = 'shop') {
      const reply = await send('GET', pathOf(kind, namespace, name));
      return reply.status === 404 ? undefined : must(reply).body;
    },
    async all(kind) {
      const { body } = must(await send('GET', pathOf(kind, '')));
      return body.items.map((item: object) => ({ kind, ...item }));
    },
    async until(find) {
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(LOOK_EVERY_MS)) {
        const found = await find();
        if (found !== undefined) return found;
      }
      throw new Error(`not in time: ${find}`);
    },
  };
}

/** What a user would apply: nothing that the server adds. */
function withoutStatus({ status: _, ...object }: ApiObject): object {
  const { name, namespace, labels, annotations } = object.metadata;
  return { ...object, metadata: { name, namespace, labels, annotations } };
}

function pathOf(kind: string, namespace: string, name = '', asked?: string): string {
  const { group, versions, resource, isNamespaced } = kindOf(kind);
  const root = group === '' ? '/api' : `/apis/${group}`;
  const place = isNamespaced && namespace !== '' ? `/namespaces/${namespace}` : '';
  return `${root}/${asked ?? versions[0]}${place}/${resource}${name === '' ? '' : `/${name}`}`;
}

function ask(
  { host, ca, cert, key, token }: Credentials,
  port: number,
  method: string,
  path: string,
  body: unknown,
  contentType: string,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...{ host: '127.0.0.1', port, method, path, ca, cert, key },
        ...(isIP(host) > 0 ? {} : { servername: host }),
        checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
        agent: false,
        headers: {
          'content-type': contentType,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        text(response).then((answer) => {
          const isJson = response.headers['content-type']?.startsWith('application/json');
          resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(answer) : answer });
        }, reject);
      },
    );
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function startInnerRelay(owner: Owner, path: string): Promise<number> {
  const server = createServer((socket) => relay(socket, connect(path)));
  owner.teardown(() => server.close());
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
}

/** Carries bytes both ways until either side has closed. */
export function relay(one: Socket, other: Socket): void {
  for (const each of [one, other]) {
    each.on('error', () => {});
    each.on('close', () => (each === one ? other : one).destroy());
  }
  one.pipe(other).pipe(one);
}

/** The current context's cluster and user, with certificates as texts. */
export function readCredentials(kubeconfig: string): Credentials & { readonly server: URL } {
  // biome-ignore lint/suspicious/noExplicitAny: a file of the user's
  const file: any = parse(readFileSync(kubeconfig, 'utf8'));
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const named = (list: any[], name: string) => list.find((each) => each.name === name);
  const { context } = named(file.contexts, file['current-context']);
  const { cluster } = named(file.clusters, context.cluster);
  const { user } = named(file.users, context.user);
  const material = (holder: { [name: string]: string }, name: string): string | undefined => {
    const data = holder[`${name}-data`];
    if (data !== undefined) return Buffer.from(data, 'base64').toString();
    return holder[name] === undefined ? undefined : readFileSync(holder[name], 'utf8');
  };
  const server = new URL(cluster.server);
  return {
    server,
    host: cluster['tls-server-name'] ?? server.hostname,
    ca: material(cluster, 'certificate-authority'),
    cert: material(user, 'client-certificate'),
    key: material(user, 'client-key'),
    token: user.token,
  };
}

function innerKubeconfig({ host, ca, cert, key, token }: Credentials, port: number): string {
  const data = (value: string | undefined) =>
    value === undefined ? undefined : Buffer.from(value).toString('base64');
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [
      {
        name: 'test',
        cluster: {
          server: `https://127.0.0.1:${port}`,
          ...(isIP(host) > 0 ? {} : { 'tls-server-name': host }),
          'certificate-authority-data': data(ca),
        },
      },
    ],
    users: [
      { name: 'test', user: { token, 'client-certificate-data': data(cert), 'client-key-data': data(key) } },
    ],
  });
}

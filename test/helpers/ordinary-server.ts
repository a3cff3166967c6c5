import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.ts';
import type { Owner } from './peer-owner.ts';

const SERVER = fileURLToPath(new URL('./namespace-server.js', import.meta.url));

/** A server that knows no PROXY protocol, in a namespace, on these addresses. */
export interface OrdinaryServer {
  readonly ports: readonly number[];
  /** Its addresses as `--to` takes them. */
  readonly to: string;
  /** Whom it has seen so far. */
  seen(): readonly { readonly address: string; readonly port: number }[];
}

export async function startOrdinaryServer(
  owner: Owner,
  namespace: Namespace,
  hosts: readonly string[],
): Promise<OrdinaryServer> {
  const server = namespace.start(owner, process.execPath, [SERVER, ...hosts]);
  const line = await server.line(/^ports /);
  const ports = line.split(' ').slice(1).map(Number);
  return {
    ports,
    to: hosts.map((host, at) => `${host.includes(':') ? `[${host}]` : host}:${ports[at]}`).join(','),
    seen: () => server.stdout.filter((each) => each.startsWith('{')).map((each) => JSON.parse(each)),
  };
}

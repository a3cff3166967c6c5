import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { Owner } from '../../helpers/peer-owner.ts';
import { readCredentials, relay } from './real-api.ts';

/** A unix socket that leads to the API server of a kubeconfig: sockets of files are met from every network of the machine. */
export async function startOuterRelay(owner: Owner, kubeconfig: string, folder: string): Promise<string> {
  const { server: url } = readCredentials(kubeconfig);
  const path = join(folder, 'api');
  const server = createServer((socket) => relay(socket, connect(Number(url.port || 443), url.hostname)));
  owner.teardown(() => server.close());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

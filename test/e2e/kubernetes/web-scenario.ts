import { createServer, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Owner } from '../../helpers/peer-owner.ts';
import { POD_PORT, ready, startWorld, type Told } from './world.ts';

/** A pod that speaks HTTP: answers with what it was told of the client, or, where it is asked to wait, not at all. */
async function startWebPod(owner: Owner, ip: string) {
  let waiting = 0;
  const server = createServer((request, response) => {
    if (request.url === '/wait') waiting++;
    else response.end(request.headers['x-forwarded-for']);
  });
  await new Promise<void>((resolve) => server.listen({ port: POD_PORT, host: ip }, resolve));
  owner.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    ip,
    get waiting() {
      return waiting;
    },
  };
}

/** A request from one of this machine's addresses, by a proxy that speaks for somebody else. */
function askWeb(port: number, localAddress: string, path = '/'): Promise<readonly [number, string]> {
  const headers = { 'X-Forwarded-For': '198.51.100.7' };
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, localAddress, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      answer.on('end', () => resolve([answer.statusCode!, text.trim()]));
    }).on('error', reject);
  });
}

/**
 * What speaks HTTP: a node without a pod of its own, and then with one; clients that are pods of the Service, whose
 * word is believed, and others; and a pod that vanishes while it has a request.
 */
export async function web(owner: Owner, flags: string): Promise<Told> {
  const [one, two] = [await startWebPod(owner, '10.1.0.1'), await startWebPod(owner, '10.1.0.2')];
  const far = ready(one.ip, { nodeName: 'b' });
  const { port, publish, metric, reasons } = await startWorld(owner, [far], flags);
  const without = await askWeb(port, '10.9.9.9');
  const near = (ip: string) => ready(ip, { nodeName: 'a' });
  publish(near(one.ip));
  while ((await metric(/^herald_endpoints\{.*state="usable"/)) !== 1);
  const [believed, dropped] = [await askWeb(port, one.ip), await askWeb(port, '10.9.9.9')];
  const waits = askWeb(port, '10.9.9.9', '/wait');
  while (one.waiting === 0) await pause(10);
  publish(near(two.ip));
  const gone = await waits;
  // Pool and list are of two watches: one may hear of the pod before the other.
  let after = await askWeb(port, two.ip);
  while (after[1] === two.ip) after = await askWeb(port, two.ip);
  const told = await reasons();
  const { no_local_endpoint, endpoint_gone } = told;
  return { without, believed, dropped, gone, after, no_local_endpoint, endpoint_gone };
}

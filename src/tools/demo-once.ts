import { PassThrough } from 'node:stream';
import { startApp } from '../app/app.ts';
import type { Host } from '../observe/host.ts';
import {
  type ClientKind,
  createDemoClients,
  type DemoClient,
  findClientKind,
  type Sighting,
} from './demo-client.ts';
import { type DemoListener, demoConfig, loopback } from './demo-config.ts';
import type { EchoAnswer } from './echo-answer.ts';
import { startEcho } from './echo-server.ts';
import { terminalColumns, wrapText } from './wrap-text.ts';

/** A way to the endpoint, and what the endpoint must see of a client on it. */
interface Way {
  readonly listener: DemoListener;
  readonly title: string;
  readonly right: (sighting: Sighting) => boolean;
}

const WAYS: readonly Way[] = [
  {
    listener: { name: 'plain', port: 0, present: 'none' },
    title: 'WITHOUT HERALD (plain relay)',
    // The endpoint must see the relay and not the client; otherwise Herald would not be needed.
    right: ({ came, answer }) => answer.header === 0 && !sameClient(came, answer) && ofPeer(answer),
  },
  {
    listener: { name: 'edge-v2', port: 0, present: 'v2' },
    title: 'WITH HERALD (v2)',
    right: ({ came, answer }) => answer.header === 2 && sameClient(came, answer),
  },
  {
    listener: { name: 'edge-v1', port: 0, present: 'v1' },
    title: 'WITH HERALD (v1)',
    right: ({ came, answer }) => answer.header === 1 && sameClient(came, answer),
  },
];

const CLIENTS = 3;

/** `herald demo --once`: each client asks by each way; shows whom the endpoint saw. 0 only if every answer is right. */
export async function runDemoOnce(
  host: Host,
  kind?: ClientKind,
  createClients: typeof createDemoClients = createDemoClients,
): Promise<number> {
  const clientKind = kind ?? (await findClientKind());
  const endpoint = await startEcho({ listen: loopback(0) });
  try {
    const listeners = WAYS.map(({ listener }) => listener);
    const config = demoConfig({
      listeners,
      endpoint: endpoint.address,
      played: clientKind === 'played',
      ops: false,
    });
    const app = await startApp(config, { ...host, stdout: new PassThrough().resume() });
    try {
      const ports = app.listeners.map(({ address }) => Number(address.slice(address.lastIndexOf(':') + 1)));
      return await compare(host, clientKind, createClients(clientKind, CLIENTS), ports);
    } finally {
      await app.stop();
    }
  } finally {
    await endpoint.stop();
  }
}

async function compare(
  host: Host,
  kind: ClientKind,
  clients: readonly DemoClient[],
  ports: readonly number[],
): Promise<number> {
  const rows = await Promise.all(
    clients.map((client) => Promise.all(WAYS.map((way, i) => tryWay(client, way, ports[i]!)))),
  );
  const cells = rows.flat();
  const good = cells.filter(({ right }) => right).length;
  const table = formatTable(
    ['CLIENT', ...WAYS.map(({ title }) => title)],
    clients.map(({ address }, i) => [address, ...rows[i]!.map(({ saw }) => saw)]),
  );
  const columns = terminalColumns(host);
  host.stdout.write(
    [
      `Whom did the endpoint see, asked by ${clients.length} clients?`,
      ...(kind === 'played' ? [wrapText(PLAYED, columns)] : []),
      '',
      ...table,
      '',
      wrapText(
        `${good} of ${cells.length} answers are right: without Herald another address, with it each client's own address and port.`,
        columns,
      ),
      '',
    ].join('\n'),
  );
  return good === cells.length ? 0 : 1;
}

const PLAYED =
  'This machine has no 127.0.0.2, so all clients connect from 127.0.0.1 and play their addresses by PROXY headers.';

async function tryWay(client: DemoClient, way: Way, port: number): Promise<{ saw: string; right: boolean }> {
  try {
    const sighting = await client.ask(port);
    const right = way.right(sighting);
    const saw = sighting.answer.client;
    const shown = saw === null ? 'nobody' : 'path' in saw ? saw.path : saw.address;
    return { saw: right ? shown : `${shown} (wrong)`, right };
  } catch (error) {
    return { saw: `failed: ${(error as Error).message}`, right: false };
  }
}

function sameClient(came: Sighting['came'], { client }: EchoAnswer): boolean {
  return (
    client !== null && 'address' in client && client.address === came.address && client.port === came.port
  );
}

function ofPeer({ client, peer }: EchoAnswer): boolean {
  return (
    client !== null &&
    peer !== null &&
    'port' in client &&
    client.port === peer.port &&
    client.address === peer.address
  );
}

/** Rows below their titles, in columns without trailing spaces. */
function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('   ')
      .trimEnd(),
  );
}

import { once } from 'node:events';
import { createServer } from 'node:net';
import { Writable } from 'node:stream';
import { addressText } from '../address/address-text.ts';
import { joinHostPort } from '../address/socket-address.ts';
import { type App, startApp } from '../app/app.ts';
import type { Host } from '../observe/host.ts';
import { type ClientKind, findClientKind } from './demo-client.ts';
import { demoConfig, loopback } from './demo-config.ts';
import type { EchoAnswer } from './echo-answer.ts';
import { startEcho } from './echo-server.ts';
import { waitForSignal } from './wait-for-signal.ts';
import { terminalColumns, wrapAfter, wrapText } from './wrap-text.ts';

/** The ports of a demo on 127.0.0.1. */
export interface DemoPlaces {
  /** A port that is taken is replaced by a free one. */
  readonly edge: number;
  readonly endpoint: number;
  /** Whether metrics and admin are served at their usual ports. */
  readonly ops: boolean;
}

const HOST = '127.0.0.1';
/** Easy to remember. */
const PLACES: DemoPlaces = { edge: 8080, endpoint: 8081, ops: true };
/** Characters that may be queued for output: a load test against the demo must not fill its memory. */
const MAX_QUEUED = 64 * 1024;

/** `herald demo`: an endpoint and an edge before it, for curl, until a signal ends it. */
export async function runDemoServe(
  host: Host,
  places: DemoPlaces = PLACES,
  kind?: ClientKind,
  start: typeof startApp = startApp,
): Promise<number> {
  // Before the first line is printed, because a script that reads it may end the demo at once.
  const signalled = waitForSignal(host);
  const clientKind = kind ?? (await findClientKind());
  const columns = terminalColumns(host);
  const print = (line: string): void => {
    if (host.stdout.writableLength < MAX_QUEUED) host.stdout.write(`${line}\n`);
  };
  const printWho = (who: string, text: string): void => print(wrapAfter(who, text, columns));
  const endpoint = await orFree(places.endpoint, (port) =>
    startEcho({ listen: loopback(port), onAnswer: (answer) => printWho('endpoint  ', answerText(answer)) }),
  );
  try {
    const demoHost = { ...host, stdout: readLog((line) => printWho('herald    ', line)) };
    const edge = await orFree(places.edge, (port) => {
      const listeners = [{ name: 'edge', port, present: 'v2' }] as const;
      const played = clientKind === 'played';
      const { ops } = places;
      return start(demoConfig({ listeners, endpoint: endpoint.address, played, ops }), demoHost);
    });
    for (const line of introduce(edge, addressText(endpoint.address), clientKind, columns)) print(line);
    await signalled;
    // No drain: a browser would keep its connections open for minutes.
    await edge.stop();
  } finally {
    await endpoint.stop();
  }
  return 0;
}

/**
 * Starts with the wished port, or with a free one if it is taken. The port is checked before the start, because a second
 * start would repeat all warnings; if another program takes it in between, there is a second start all the same.
 */
async function orFree<T>(wished: number, start: (port: number) => Promise<T>): Promise<T> {
  const port = await freePort(wished);
  try {
    return await start(port);
  } catch (error) {
    if (port === 0) throw error;
    return start(0);
  }
}

/** The port, or 0 if it is taken. */
async function freePort(port: number): Promise<number> {
  const server = createServer().listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch {
    return 0;
  }
  server.close();
  await once(server, 'close');
  return port;
}

/** Receives Herald's log, and prints those lines that the demo shows. */
function readLog(print: (line: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      const text = logText(JSON.parse(line));
      if (text !== null) print(text);
      done();
    },
  });
}

function introduce(edge: App, endpoint: string, clientKind: ClientKind, columns: number): string[] {
  const address = edge.listeners[0]!.address;
  const isPlayed = clientKind === 'played';
  const other = isPlayed ? '--haproxy-protocol --haproxy-clientip 203.0.113.2' : '--interface 127.0.0.2';
  const commands: readonly (readonly [command: string, what: string])[] = [
    [`curl http://${address}/`, 'through Herald: "client" in the answer is you'],
    [`curl ${other} http://${address}/`, 'the same, as another client'],
    [`curl http://${endpoint}/`, 'directly to the endpoint, without Herald'],
    ...(edge.metrics === null ? [] : [[`curl http://${edge.metrics}/metrics`, "Herald's metrics"] as const]),
  ];
  const width = Math.max(...commands.map(([command]) => command.length));
  const beside = commands.map(([command, what]) => `  ${command.padEnd(width)}   # ${what}`);
  const fits = beside.every((line) => line.length <= columns);
  return [
    wrapText(
      `An edge on ${address} is in front of an endpoint on ${endpoint}, which answers with the client that it saw.`,
      columns,
    ),
    ...(isPlayed ? [wrapText(PLAYED, columns)] : []),
    '',
    'In another terminal:',
    '',
    // A command is never wrapped, so that it can be copied.
    ...(fits ? beside : commands.flatMap(([command, what]) => [`  # ${what}`, `  ${command}`])),
    '',
    'Ctrl-C ends the demo. Connections:',
    '',
  ];
}

const PLAYED =
  'This machine has no 127.0.0.2: other clients are played by PROXY headers, which this edge accepts from 127.0.0.0/8.';

/** A line of Herald's log; a session's line has a reason. */
interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly client?: string;
  readonly endpoint?: string;
  readonly reason?: string;
  readonly ms?: number;
  readonly bytesToEndpoint?: number;
  readonly bytesToClient?: number;
}

/** A log line in the words of the demo; null for lines that the demo does not show. */
export function logText(line: LogLine): string | null {
  const { client, endpoint, reason, ms = 0, bytesToEndpoint, bytesToClient } = line;
  if (reason === undefined) return line.level === 'info' ? null : line.msg;
  if (endpoint === undefined) return `${client} connected, but reached no endpoint: ${reason}`;
  const moved = `${bytesToEndpoint} bytes sent, ${bytesToClient} received`;
  return `${client} was announced to ${endpoint}; ${moved}, ${Math.round(ms)} ms, ${reason}`;
}

/** The client that the endpoint saw, and how. */
export function answerText({ client, peer, header }: EchoAnswer): string {
  const saw = `saw ${client === null ? 'no address' : addressOf(client)}`;
  if (header === 0 || peer === null) return `${saw}, without a PROXY header`;
  return `${saw}, from a v${header} header; the connection itself is from ${addressOf(peer)}`;
}

function addressOf(address: NonNullable<EchoAnswer['client']>): string {
  if ('path' in address) return `unix:${address.path}`;
  return joinHostPort(address.address, address.port);
}

import { once } from 'node:events';
import { createServer } from 'node:net';
import { Writable } from 'node:stream';
import { addressText } from '../address/address-text.ts';
import { type App, startApp } from '../app/app.ts';
import type { Host } from '../observe/host.ts';
import { findSourceKind, type SourceKind } from './demo-client.ts';
import { demoConfig, loopback } from './demo-config.ts';
import { tellAnswer, tellLog } from './demo-text.ts';
import { startEcho } from './echo-server.ts';

/** Where a demo listens on 127.0.0.1. */
export interface DemoPlaces {
  /** Any other port where one is taken. */
  readonly edge: number;
  readonly endpoint: number;
  /** Whether metrics and admin are served at their usual ports. */
  readonly ops: boolean;
}

const HOST = '127.0.0.1';
/** Easy to remember. */
const PLACES: DemoPlaces = { edge: 8080, endpoint: 8081, ops: true };
/** Characters that may wait for a reader: a load test against the demo must not fill its memory. */
const MAX_QUEUED = 64 * 1024;

/** `herald demo`: an endpoint and an edge before it, for curl, until a signal ends it. */
export async function runDemoServe(
  host: Host,
  places: DemoPlaces = PLACES,
  kind?: SourceKind,
  start: typeof startApp = startApp,
): Promise<number> {
  // Before the first line is printed: whoever reads it may end the demo.
  const signalled = waitForSignal(host);
  const sources = kind ?? (await findSourceKind());
  const print = (line: string): void => {
    if (host.stdout.writableLength < MAX_QUEUED) host.stdout.write(`${line}\n`);
  };
  const endpoint = await orFree(places.endpoint, (port) =>
    startEcho({ listen: loopback(port), onAnswer: (answer) => print(`endpoint  ${tellAnswer(answer)}`) }),
  );
  try {
    const heralds = { ...host, stdout: readLog((line) => print(`herald    ${line}`)) };
    const edge = await orFree(places.edge, (port) => {
      const listeners = [{ name: 'edge', port, present: 'v2' }] as const;
      const played = sources === 'played';
      const { ops } = places;
      return start(demoConfig({ listeners, endpoint: endpoint.address, played, ops }), heralds);
    });
    for (const line of introduce(edge, addressText(endpoint.address), sources)) print(line);
    await signalled;
    // Whoever ends a demo is done with it: a browser keeps its connections for minutes.
    await edge.stop();
  } finally {
    await endpoint.stop();
  }
  return 0;
}

/**
 * With the port that is wished for, or where that is taken with any. It is looked at first, for what is started twice
 * also warns twice; another program may still be faster.
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

/** The port, or 0, for any, where it is taken. */
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

/** Herald's own log, line by line, of which a demo shows what it has words for. */
function readLog(print: (line: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      const told = tellLog(JSON.parse(line));
      if (told !== null) print(told);
      done();
    },
  });
}

function introduce(edge: App, endpoint: string, sources: SourceKind): string[] {
  const address = edge.listeners[0]!.address;
  const isPlayed = sources === 'played';
  const other = isPlayed ? '--haproxy-protocol --haproxy-clientip 203.0.113.2' : '--interface 127.0.0.2';
  const commands: readonly (readonly [command: string, what: string])[] = [
    [`curl http://${address}/`, 'through Herald: "client" in the answer is you'],
    [`curl ${other} http://${address}/`, 'the same as another client'],
    [`curl http://${endpoint}/`, 'past Herald, straight to the endpoint'],
    ...(edge.metrics === null ? [] : [[`curl http://${edge.metrics}/metrics`, "Herald's metrics"] as const]),
  ];
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    `An edge on ${address} stands before an endpoint on ${endpoint}, which answers with whom it saw.`,
    ...(isPlayed ? [PLAYED] : []),
    '',
    'In another terminal:',
    '',
    ...commands.map(([command, what]) => `  ${command.padEnd(width)}   # ${what}`),
    '',
    'Ctrl-C ends it. What comes:',
    '',
  ];
}

const PLAYED =
  'This machine has no 127.0.0.2: other clients are played by PROXY headers, which this edge takes from 127.0.0.0/8.';

function waitForSignal(host: Host): Promise<void> {
  return new Promise((resolve) => {
    const off = (['SIGINT', 'SIGTERM'] as const).map((signal) =>
      host.onSignal(signal, () => {
        for (const stop of off) stop();
        resolve();
      }),
    );
  });
}

import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runCli } from '../../src/cli/cli.ts';
import type { Host } from '../../src/observe/host.ts';

interface Ended {
  readonly status: number;
  readonly out: string;
  /** Standard error, line by line. */
  readonly err: readonly string[];
}

export interface Played {
  readonly env?: { readonly [name: string]: string };
  readonly stdin?: string | Uint8Array;
  readonly columns?: number;
  readonly isTTY?: true;
}

/** A process without any state of the real one. Its outputs keep what they get. */
export function createFakeHost({ env = {}, stdin = '', ...terminal }: Played = {}): Host & {
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
} {
  const stdout = new PassThrough({ highWaterMark: 2 ** 24 });
  return {
    env,
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: Object.assign(stdout, terminal),
    stderr: new PassThrough({ highWaterMark: 2 ** 24 }),
    version: '1.2.3',
    nodeVersion: '20.19.0',
    platform: 'linux',
    pid: 1,
    onSignal: () => () => {},
  };
}

/** Runs a command line to its end. */
export async function herald(argv: readonly string[], played: Played = {}): Promise<Ended> {
  const host = createFakeHost(played);
  const status = await runCli(argv, host);
  host.stdout.end();
  host.stderr.end();
  const [out, err] = await Promise.all([text(host.stdout), text(host.stderr)]);
  return { status, out, err: err === '' ? [] : err.replace(/\n$/, '').split('\n') };
}

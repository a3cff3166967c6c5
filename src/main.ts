#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { setFlagsFromString } from 'node:v8';
import { runCli } from './cli/cli.ts';
import type { Host } from './observe/host.ts';
import { flushOutput, prepareOutput } from './observe/output.ts';

/** How long a reader of our last words is waited for. */
const FLUSH_MS = 1000;

/**
 * How much more than what is left of a collection may come before the next whole one. By itself V8 begins another after
 * a few MiB, for read buffers count, and looks through the 12 MiB of a program's code each time: 16 times a GB.
 */
const HEAP_GROWTH_PERCENT = 400;

const { stdout, stderr, env } = process;

prepareOutput(stdout);
prepareOutput(stderr);

// What gets here is a fault of ours: one line for the operator, and an end that a supervisor sees.
process.on('uncaughtException', (error) => {
  void fail(error);
});

const host: Host = {
  env,
  // Opened only for those who read it: a pipe that is open keeps a process from ending.
  get stdin() {
    return process.stdin;
  },
  stdinIsTerminal: isatty(0),
  stdout,
  stderr,
  version: packageVersion(),
  nodeVersion: process.versions.node,
  platform: process.platform,
  pid: process.pid,
  program: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
  growHeap: () => setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`),
  umask: (mask) => process.umask(mask),
  onSignal: (signal, listener) => {
    process.on(signal, listener);
    return () => {
      // Whoever stops listening is about to end with a status of its own: a signal on the way must not kill it first.
      process.on(signal, ignore);
      process.off(signal, listener);
    };
  },
};

const argv = process.argv.slice(2);
// `npm start` alone shows what Herald does; `npm start -- edge …` is `herald edge …`.
const isBareStart = argv.length === 0 && env.npm_lifecycle_event === 'start';
try {
  await end(await runCli(isBareStart ? ['demo'] : argv, host));
} catch (error) {
  await fail(error);
}

function ignore(): void {}

function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

async function fail(error: unknown): Promise<void> {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(`herald: a fault of Herald itself, please report it: ${what.replace(/\s*\n\s*/g, ' ')}\n`);
  await end(1);
}

async function end(status: number): Promise<void> {
  process.exitCode = status;
  await Promise.all([flushOutput(stdout, FLUSH_MS), flushOutput(stderr, FLUSH_MS)]);
  process.exit();
}

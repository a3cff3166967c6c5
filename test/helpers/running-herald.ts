import { runCli } from '../../src/cli/cli.ts';
import { createTestHost, type TestHost } from '../tools/test-host.ts';
import type { Owner } from './peer-owner.ts';

/** A command that serves in this process until it is stopped. */
export interface RunningHerald {
  readonly host: TestHost;
  /** Where the first listener of this name is open; of the first one without a name. */
  port(name?: string): Promise<number>;
  /** Where an address for machines is open. */
  opsPort(option: 'metrics' | 'admin'): Promise<number>;
  /** Sends SIGTERM and returns the exit status. */
  stop(): Promise<number>;
}

/** Runs `herald WORDS…` in this process; teardown ends it. */
export function startHerald(owner: Owner, words: readonly string[]): RunningHerald {
  const host = createTestHost();
  const status = runCli(words, host);
  const failed = status.then((code) => {
    throw new Error(`herald ${words.join(' ')} ended with ${code}: ${host.err()}`);
  });
  failed.catch(() => {});
  const portIn = async (pattern: RegExp) => Number((await Promise.race([host.waitFor(pattern), failed]))[1]);
  const stop = () => {
    host.signal('SIGTERM');
    return status;
  };
  owner.teardown(stop);
  return {
    host,
    port: (name = '[^"]*') =>
      portIn(new RegExp(`"listener":"${name}","address":"[^"]*:(\\d+)"[^\n]*"msg":"listening"`)),
    opsPort: (option) => portIn(new RegExp(`"address":"[^"]*:(\\d+)"[^\n]*"msg":"--${option} is open"`)),
    stop,
  };
}

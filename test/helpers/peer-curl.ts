import { spawnSync } from 'node:child_process';
import { installed, type Need } from './peer-installed.ts';
import type { Owner } from './peer-owner.ts';
import { PeerProcess } from './peer-process.ts';

export const CURL = installed('curl');

const HELP =
  CURL.missing === null ? spawnSync(CURL.command, ['--help', 'all'], { encoding: 'utf8' }).stdout : '';

/** The flag came with curl 8.2. */
export const CURL_CLIENTIP: Need = {
  missing:
    CURL.missing ?? (HELP.includes('--haproxy-clientip') ? null : 'this curl has no --haproxy-clientip'),
};

/** Runs curl, whatever the settings of its user are, and returns what it wrote. */
export async function runCurl(owner: Owner, args: readonly string[]): Promise<string> {
  const curl = new PeerProcess(CURL.command, [
    '--disable',
    '--silent',
    '--show-error',
    '--max-time',
    '20',
    ...args,
  ]);
  owner.teardown(() => curl.stop('SIGKILL'));
  const { code } = await curl.exited;
  if (code !== 0) throw new Error(`curl ended with ${code}: ${curl.stderr.join('\n')}`);
  return curl.stdout.join('\n');
}

import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';

/** What a test needs of the machine, and why it is not there, if so. */
export interface Need {
  readonly missing: string | null;
}

/** A program of the machine; the first of its names that is found. */
export interface Installed extends Need {
  readonly command: string;
}

/** Administrators' programs, which are not on everybody's path. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

const { env, platform } = process;

export function installed(...names: readonly string[]): Installed {
  // npm puts the commands of packages first, one of which is called `nft` as well.
  const onPath = (env.PATH ?? '').split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'));
  const folders = [...onPath, ...MORE_FOLDERS];
  for (const name of names) {
    for (const folder of folders) {
      const command = join(folder, name);
      if (existsSync(command)) return { command, missing: null };
    }
  }
  return { command: names[0]!, missing: `${names.join(' or ')} is not installed` };
}

/** Containers are often without it. */
export const IPV6: Need = {
  missing: Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'))
    ? null
    : 'this machine has no ::1',
};

/** On Linux every address of 127/8 is there. */
export const MANY_ADDRESSES: Need = {
  missing: platform === 'linux' ? null : 'this machine has no 127.0.0.9',
};

/** The loopback address that clients come from: nobody else's, where the machine has more than one. */
export const CLIENT_IP = MANY_ADDRESSES.missing === null ? '127.0.0.9' : '127.0.0.1';

type Run = (t: ExecutionContext) => Promise<void>;
type Declare = (title: string, run: (t: ExecutionContext) => void | Promise<void>) => void;

/**
 * A test that needs peers: skipped where one is missing, which its title then says; with
 * HERALD_REQUIRE_PEERS=1 it fails there. `optional` is what even then may be missing.
 */
export function testWith(needs: readonly Need[], optional: readonly Need[] = [], declare: Declare = test) {
  return (title: string, run: Run): void => {
    const missing = needs.find((need) => need.missing !== null)?.missing;
    const unfit = optional.find((need) => need.missing !== null)?.missing;
    if (missing != null && env.HERALD_REQUIRE_PEERS === '1') declare(title, (t) => t.fail(missing));
    else if (missing != null || unfit != null) test.skip(`${title} (${missing ?? unfit})`, run);
    else declare(title, run);
  };
}

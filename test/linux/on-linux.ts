import { readdirSync, readlinkSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import type { Need } from '../helpers/peer-installed.ts';

export const LINUX = process.platform === 'linux';

type Run = (t: ExecutionContext) => void | Promise<void>;

/**
 * A test of what only Linux has, and what else it needs: elsewhere it is skipped, and its title says why.
 * They run one at a time, for they count descriptors.
 */
export function onLinux(title: string, run: Run, need: Need = { missing: null }): void {
  const missing = LINUX ? need.missing : 'this machine is not Linux';
  if (missing === null) test.serial(title, run);
  else test.skip(`${title} (${missing})`, run);
}

/** The same for tests that count nothing, which run at once. */
export function onLinuxAtOnce(title: string, run: Run): void {
  if (LINUX) test(title, run);
  else onLinux(title, run);
}

/** Loads a module that can be loaded on Linux only; elsewhere nothing of it is there, and nobody asks. */
export async function fromLinux<T extends object>(load: () => Promise<T>): Promise<T> {
  return LINUX ? load() : ({} as T);
}

/** How many descriptors of each kind this process has: `socket`, `pipe`, `anon_inode`, or a path. */
export function openDescriptors(): { [kind: string]: number } {
  const kinds: { [kind: string]: number } = {};
  for (const name of readdirSync('/proc/self/fd')) {
    const kind = kindOf(name);
    if (kind !== undefined) kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}

function kindOf(name: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${name}`).replace(/:\[\d+\]$/, '');
  } catch {
    // The descriptor that the folder was read through is gone again.
    return undefined;
  }
}

/** After the tests of the file, and what ends them, this process has no descriptor more than now. */
export function leavesNothingOpen(finish: () => Promise<void> | void = () => {}): void {
  if (!LINUX) return;
  const before = openDescriptors();
  test.after.always('no descriptor is left', async (t) => {
    await finish();
    t.deepEqual(openDescriptors(), before);
  });
}

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Administrators' programs, which are not on everybody's path. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

/** Where a program of the machine is; null where it is not installed. */
export function installed(name: string): string | null {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS]) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** All that a program prints. */
export function printed(command: string, flag: string): string {
  const { stdout, stderr } = spawnSync(command, [flag], { encoding: 'utf8' });
  return `${stdout}${stderr}`;
}

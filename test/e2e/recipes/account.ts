import { spawnSync } from 'node:child_process';
import { installed, type Need } from '../../helpers/peer-installed.ts';

const SETPRIV = installed('setpriv');

/** An account of this machine that a server runs as. */
export interface Account extends Need {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The first of these names that the machine has. */
export function accountOf(name: string): Account {
  const { stdout } = spawnSync('getent', ['passwd', name], { encoding: 'utf8' });
  const [, , uid, gid] = (stdout ?? '').split(':');
  return uid === undefined
    ? { name, uid: 0, gid: 0, missing: `this machine has no account ${name}` }
    : { name, uid: Number(uid), gid: Number(gid), missing: null };
}

/** A command that root runs as the account. */
export function asAccount({ uid, gid }: Account, command: string, ...args: readonly string[]): string[] {
  return [SETPRIV.command, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', command, ...args];
}

import { existsSync, readFileSync } from 'node:fs';
import { installed, type Need } from '../../helpers/peer-installed.ts';

const SETPRIV = installed('setpriv');

/** An account of this machine that a server runs as. */
export interface Account extends Need {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The account of this name, where the machine has one. */
export function accountOf(name: string): Account {
  const lines = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8').split('\n') : [];
  const line = lines.find((each) => each.startsWith(`${name}:`)) ?? '';
  const [, , uid, gid] = line.split(':');
  return uid === undefined
    ? { name, uid: 0, gid: 0, missing: `this machine has no account ${name}` }
    : { name, uid: Number(uid), gid: Number(gid), missing: null };
}

/** A command that root runs as the account. */
export function asAccount({ uid, gid }: Account, command: string, ...args: readonly string[]): string[] {
  return [SETPRIV.command, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', command, ...args];
}

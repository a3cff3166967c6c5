import { addressText } from '../address/address-text.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { ListenerPlan } from './plan.ts';
import { StartError } from './start-error.ts';

const WHY: { readonly [errno: string]: string } = {
  EADDRINUSE: 'the address is in use by another program',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'permission denied (ports below 1024 need a capability)',
  EMFILE: 'no descriptors are left (raise the limit of open files)',
  ENFILE: 'this machine has no descriptors left',
  ENOENT: 'the directory of the path does not exist',
};

/** Why an address could not be bound. */
export interface BindError extends NodeJS.ErrnoException {
  /** The port was asked for with SO_REUSEPORT. */
  readonly isShared?: boolean;
}

/** Says which listener could not be opened, where, and why. */
export function listenError({ listen, name }: ListenerPlan, error: BindError): StartError {
  const isInUse = error.code === 'EADDRINUSE';
  const ours = isInUse ? ', or overlaps that of a listener that is open' : '';
  const shared =
    isInUse && error.isShared
      ? '; --reuse-port shares it only with a process of the same user that has the option too'
      : '';
  const message = `${cannotListen(`listener "${name}"`, listen, error)}${ours}${shared}`;
  return new StartError('listen_failed', message, error, new Map([[name, message]]));
}

/** One sentence: what cannot listen, where, and why. */
export function cannotListen(what: string, address: ParsedAddress, error: unknown): string {
  const why = whyNotBound(address.kind, error as NodeJS.ErrnoException);
  return `${what} cannot listen on ${addressText(address)}: ${why}`;
}

function whyNotBound(kind: ParsedAddress['kind'], { code, message }: NodeJS.ErrnoException): string {
  // Of a path, Node says EACCES also if its directory is missing.
  if (kind === 'unix' && code === 'EACCES') return `permission denied, or ${WHY.ENOENT}`;
  return WHY[code ?? ''] ?? message;
}

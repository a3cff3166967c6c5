import { formatSocketAddress } from '../address/socket-address.ts';
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

/** Says which listener could not be opened, where, and why. */
export function listenError(plan: ListenerPlan, error: NodeJS.ErrnoException): StartError {
  const { listen, name } = plan;
  const ours = error.code === 'EADDRINUSE' ? ', or meets that of a listener that is open' : '';
  return new StartError(
    'listen_failed',
    `listener "${name}" can not listen on ${textOf(listen)}: ${whyNotBound(listen.kind, error)}${ours}`,
    error,
  );
}

/** Why an address could not be bound, in words. */
export function whyNotBound(kind: 'tcp' | 'unix', { code, message }: NodeJS.ErrnoException): string {
  // Node says EACCES of a path also where its directory is missing.
  if (kind === 'unix' && code === 'EACCES') return `permission denied, or ${WHY.ENOENT}`;
  return WHY[code ?? ''] ?? message;
}

function textOf(listen: ListenerPlan['listen']): string {
  if (listen.kind === 'unix') return `unix:${listen.path}`;
  return listen.ip === null ? `:${listen.port}` : formatSocketAddress(listen.ip, listen.port);
}

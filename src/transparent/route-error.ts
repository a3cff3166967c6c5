import { ERRNO, errnoName } from '../linux/errno.ts';
import { StartError } from '../plan/start-error.ts';

/** What the kernel's refusal means to whoever deploys; `result` is a negative errno. */
export function routeError(code: string, what: string, result?: number): StartError {
  if (result === undefined) return new StartError(code, what);
  if (result === -ERRNO.EPERM) {
    return new StartError(
      'routes_denied',
      `${what}: permission denied. It needs CAP_NET_ADMIN in this network namespace; in a pod, an init container as UID 0 with capabilities.add: [NET_ADMIN]`,
    );
  }
  return new StartError(code, `${what}: ${errnoName(-result)}`);
}

import { localAddress } from '../../linux/socket.ts';
import { isSelfConnect } from '../../session/self-connect.ts';
import type { Session } from '../../session/session.ts';

/** True where the socket that was to be connected to the session's endpoint is connected to itself. */
export function cameOutAtItself(fd: number, { endpoint, rules }: Session): boolean {
  // A client that is presented from its own address comes from a port that nobody here has chosen.
  if (!rules.context.selfConnects.possible(endpoint!, rules.transparent !== null)) return false;
  return isSelfConnect(endpoint!, localAddress(fd));
}

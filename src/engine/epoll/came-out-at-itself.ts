import { localAddress } from '../../linux/socket.ts';
import type { Ledger } from '../../session/ledger.ts';
import { isSelfConnect, selfConnects } from '../../session/self-connect.ts';

/** True where the socket that was to be connected to the session's endpoint is connected to itself. */
export function cameOutAtItself(fd: number, { endpoint, rules }: Ledger): boolean {
  // A client that is presented from its own address comes from a port that nobody here has chosen.
  if (!selfConnects.possible(endpoint!, rules.transparent !== null)) return false;
  return isSelfConnect(endpoint!, localAddress(fd));
}

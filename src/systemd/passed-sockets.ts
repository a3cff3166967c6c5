import { addressText } from '../address/address-text.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import { setCloseOnExec, setNonBlocking } from '../linux/descriptor-flags.ts';
import { isOfOwnNetwork } from '../linux/own-network.ts';
import { type SocketFacts, socketFacts } from '../linux/socket-facts.ts';

// What systemd passes to a service with a socket unit (sd_listen_fds(3)): descriptors from 3 on, LISTEN_FDS of them, whose names
// stand in LISTEN_FDNAMES, for the process LISTEN_PID.
//
//     environment ─▶ descriptors with names ─▶ what the kernel knows of each ─▶ one PassedSocket a name, and the problems

/** The listening sockets of one name. They have one address: with ReusePort=yes it may have several. */
export interface PassedSocket {
  readonly name: string;
  readonly fds: readonly number[];
  readonly address: ParsedAddress;
  /** False if the address is one of another network namespace, as in a container. */
  readonly isOfOwnNetwork: boolean;
}

/** Why something that was passed cannot be used. */
export interface PassedProblem {
  /** null: it concerns all that was passed. */
  readonly name: string | null;
  /** One sentence. */
  readonly message: string;
}

export interface PassedSockets {
  readonly sockets: readonly PassedSocket[];
  readonly problems: readonly PassedProblem[];
}

/** What is asked about a descriptor. Tests bring their own. */
export interface DescriptorCalls {
  /** A negative errno if it is not open, or is no socket. */
  readonly factsOf: (fd: number) => SocketFacts | number;
  readonly isOfOwnNetwork: (fd: number) => boolean;
  /** It does not block from now on, and no child process inherits it. */
  readonly adopt: (fd: number) => void;
}

const CALLS: DescriptorCalls = {
  factsOf: socketFacts,
  isOfOwnNetwork,
  adopt: (fd) => {
    setNonBlocking(fd);
    setCloseOnExec(fd);
  },
};

type Environment = { readonly [name: string]: string | undefined };

const FIRST = 3;
/** The name of a descriptor without one (sd_listen_fds_with_names(3)). */
const NAMELESS = 'unknown';
/** More than any limit of open files. */
const MOST = 1_000_000;

interface Descriptor {
  readonly fd: number;
  readonly name: string;
}

/** Reads what was passed to this process, and adopts the sockets. Never throws. */
export function passedSockets(env: Environment, pid: number, calls: DescriptorCalls = CALLS): PassedSockets {
  const passed = descriptorsOf(env, pid);
  if ('problem' in passed) return { sockets: [], problems: [{ name: null, message: passed.problem }] };
  const problems = new Map<string, PassedProblem>();
  const byName = new Map<string, Omit<PassedSocket, 'fds'> & { readonly fds: number[] }>();
  for (const { fd, name } of passed.descriptors) {
    // One a name: LISTEN_FDS may be any number.
    const refuse = (message: string) => problems.has(name) || problems.set(name, { name, message });
    const address = listenAddress(calls.factsOf(fd));
    if (typeof address === 'string') {
      refuse(`descriptor ${fd} (${name}) ${address}`);
      continue;
    }
    const known = byName.get(name);
    if (known === undefined)
      byName.set(name, { name, fds: [fd], address, isOfOwnNetwork: calls.isOfOwnNetwork(fd) });
    else if (addressText(known.address) === addressText(address)) known.fds.push(fd);
    else {
      const both = `${addressText(known.address)} and ${addressText(address)}`;
      refuse(
        `sockets of the name ${name} have different addresses (${both}): give each a socket unit of its own, with another FileDescriptorName=`,
      );
    }
  }
  const sockets = [...byName.values()];
  for (const { fds } of sockets) for (const fd of fds) calls.adopt(fd);
  return { sockets: sockets.filter(({ name }) => !problems.has(name)), problems: [...problems.values()] };
}

/** The descriptors that the variables announce, or a sentence about the variables. None if nothing was passed. */
function descriptorsOf(
  env: Environment,
  pid: number,
): { readonly descriptors: readonly Descriptor[] } | { readonly problem: string } {
  const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES } = env;
  if (LISTEN_FDS === undefined) return { descriptors: [] };
  const count = readCount(LISTEN_FDS);
  if (count === null) return { problem: `LISTEN_FDS must be a number, got ${JSON.stringify(LISTEN_FDS)}` };
  // Some container runtimes leave LISTEN_PID out, for they do not know the number inside.
  if (LISTEN_PID !== undefined && LISTEN_PID !== String(pid)) {
    return {
      problem: `the sockets were passed to process ${JSON.stringify(LISTEN_PID)} (LISTEN_PID), and this is process ${pid}: a shell in between must start Herald with exec`,
    };
  }
  const names = LISTEN_FDNAMES === undefined ? null : LISTEN_FDNAMES.split(':');
  if (names !== null && names.length !== count && count > 0) {
    return { problem: `LISTEN_FDNAMES has ${names.length} names, and LISTEN_FDS is ${count}` };
  }
  return {
    descriptors: Array.from({ length: count }, (_, at) => ({
      fd: FIRST + at,
      name: names?.[at] || NAMELESS,
    })),
  };
}

function readCount(text: string): number | null {
  return /^\d{1,7}$/.test(text) && Number(text) <= MOST ? Number(text) : null;
}

/** The address of a socket that can be a listener; else a clause that says why it cannot. */
function listenAddress(facts: SocketFacts | number): ParsedAddress | string {
  if (typeof facts === 'number') return 'is not open, or is not a socket';
  const { family, isStream, isListening, isV6Only, bound } = facts;
  if (!isStream)
    return 'is not a stream socket, and this version of Herald serves no other: use ListenStream=';
  if (!isListening) return 'does not listen: use ListenStream= with Accept=no';
  if (bound.kind === 'unix') return bound;
  if (bound.kind === 'tcp') {
    const isBoth = family === 'ipv6' && !isV6Only && bound.ip.every((byte) => byte === 0);
    return isBoth ? { ...bound, ip: null } : bound;
  }
  return family === 'unix'
    ? 'is a unix socket without a path, such as one of the abstract namespace: give ListenStream= a path'
    : 'is neither a TCP socket nor a unix socket';
}

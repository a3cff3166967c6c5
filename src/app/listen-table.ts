import type { Config, ResolvedConfig } from '../config/config.ts';
import { resolveListen, type SocketLookup } from '../config/resolve-listen.ts';
import type { Host } from '../observe/host.ts';
import type { Log } from '../observe/log.ts';
import type { HeldSocket } from '../plan/held-socket.ts';
import type { PassedSockets } from '../systemd/passed-sockets.ts';

/** The sockets that were passed to this process, for its whole life: a reload resolves names by the same table. */
export interface ListenTable {
  /** Puts addresses in the place of `systemd:NAME`. Throws a `ConfigError`. */
  resolve(config: Config): ResolvedConfig;
  /** The sockets, for whoever opens listeners. */
  readonly held: readonly HeldSocket[];
  /** Warns about what was passed and this configuration does not use: its clients would wait for ever. */
  warnOfUnused(config: Config, log: Log): void;
}

const PREFIX = 'systemd:';
const NOTHING: PassedSockets = { sockets: [], problems: [] };

/** What systemd passed. The room that knows is loaded only if there is something: without koffi the rest still works. */
export async function readPassedSockets({ env, pid }: Host): Promise<PassedSockets> {
  if (env.LISTEN_FDS === undefined) return NOTHING;
  try {
    const { passedSockets } = await import('../systemd/passed-sockets.ts');
    return passedSockets(env, pid);
  } catch (error) {
    const message = `sockets that systemd passes need Linux and koffi, which cannot be loaded here: ${(error as Error).message}`;
    return { sockets: [], problems: [{ name: null, message }] };
  }
}

/** What systemd passed to the first process, in one that has succeeded it. */
export function passedBefore(held: readonly HeldSocket[]): PassedSockets {
  const names = [...new Set(held.map(({ name }) => name))];
  const sockets = names.map((name) => {
    const same = held.filter((each) => each.name === name);
    const fds = same.map(({ fd }) => fd);
    // Whose network it is was looked at by the process that was passed it.
    return { name: name.slice(PREFIX.length), fds, address: same[0]!.address, isOfOwnNetwork: false };
  });
  return { sockets, problems: [] };
}

export function createListenTable({ sockets, problems }: PassedSockets = NOTHING): ListenTable {
  const byName = new Map(sockets.map((socket) => [socket.name, socket]));
  const names = [...byName.keys()].join(', ');
  const lookup: SocketLookup = (name) => {
    const found = byName.get(name);
    if (found !== undefined) return found;
    const problem = problems.find((each) => each.name === name || each.name === null);
    if (problem !== undefined) return { problem: problem.message };
    return {
      problem:
        names === ''
          ? `systemd passed no sockets to this process: a socket unit passes them, with FileDescriptorName=${name}`
          : `systemd passed no socket of the name ${name}, but of these: ${names}`,
    };
  };
  return {
    held: sockets.flatMap(({ name, fds, address }) =>
      fds.map((fd, worker) => ({ name: `${PREFIX}${name}`, address, worker, fd })),
    ),
    resolve: (config) => resolveListen(config, lookup),
    warnOfUnused: ({ listeners }, log) => {
      const used = new Set(listeners.map(({ listen }) => (listen.kind === 'systemd' ? listen.name : null)));
      const unused = [...byName.keys()].filter((name) => !used.has(name));
      if (unused.length > 0)
        log.warn(
          {},
          `systemd passed sockets that no listener uses, so that their clients wait: ${unused.join(', ')}`,
        );
      for (const { name, message } of problems) {
        // The variables of a service that started a shell are not ours.
        if (name === null) log.debug({}, message);
        else if (!used.has(name)) log.warn({}, message);
      }
    },
  };
}

import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import type { GatewayOptions } from '../config/gateway-options.ts';
import { SerialQueue } from '../control/serial-queue.ts';
import type { Host } from '../observe/host.ts';
import type { HeldSocket } from '../plan/held-socket.ts';
import { StartError } from '../plan/start-error.ts';
import type { Predecessor } from '../takeover/join-predecessor.ts';
import { type App, startApp } from './app.ts';
import type { Gateway } from './gateway.ts';
import { createListenTable, passedBefore, readPassedSockets } from './listen-table.ts';
import { loadSockets } from './load-sockets.ts';
import { type ConfigFile, createReload, type WatchParts, watchConfig } from './reload.ts';
import { createServiceNotices, type ServiceNotices, servingStatus } from './service-notices.ts';
import { createSuccession, findPredecessor, inheritance, type Succession } from './succession.ts';

/** The longest interval of a timer is about 24 days. */
const A_WHILE_MS = 2 ** 31 - 1;

/** Where the configuration of a run comes from, besides the one that it starts with. */
export interface RunParts {
  /** The file that it was read from, to be read again. */
  readonly source?: ConfigFile | undefined;
  /** How the file is watched; for tests. */
  readonly watch?: WatchParts;
  /** Listeners come from the cluster. */
  readonly gateway?: GatewayOptions;
}

/**
 * Starts Herald, serves until a signal ends it or a successor has taken over, and returns the exit status. With a `source`,
 * SIGHUP reads the configuration again, and with `--watch-config` a change of the file does too. Without one, SIGHUP drains if
 * standard input is a terminal, which was closed then, and is ignored otherwise, as under nohup. SIGUSR2 starts a successor.
 */
export async function runApp(
  config: Config,
  host: Host,
  { source, watch, gateway: gatewayOptions }: RunParts = {},
): Promise<number> {
  let app: App | null = null;
  let notices: ServiceNotices | null = null;
  let succession: Succession | null = null;
  let signals = 0;
  const obey = () => {
    if (app === null || signals === 0) return;
    succession?.giveUp();
    notices?.stopping('draining');
    void (signals > 1 ? app.stop() : app.drain());
  };
  const onSignal = () => {
    signals++;
    obey();
  };
  // Signal handlers come before anything is open: a signal may come as soon as `listening` is logged, and in a container,
  // where Herald is process 1, a signal without a handler is lost.
  let early: ReadonlySet<() => void> = new Set();
  const late = (run: () => void) => {
    early = new Set([...early, run]);
  };
  let hangUp = () => late(() => hangUp());
  const succeed = () => {
    if (succession === null) late(succeed);
    else succession.begin();
  };
  const off = [
    host.onSignal('SIGTERM', onSignal),
    host.onSignal('SIGINT', onSignal),
    host.onSignal('SIGHUP', () => hangUp()),
    host.onSignal('SIGUSR2', succeed),
  ];
  // Timers of the control plane keep no process alive. A gateway whose API is away may have nothing else open: Node would
  // end the process with status 13.
  const alive = setInterval(() => {}, A_WHILE_MS);
  try {
    const predecessor = await findPredecessor(host);
    const { inherited, passed, takeOver } = inheritance(predecessor);
    const table = createListenTable(
      predecessor === null ? await readPassedSockets(host) : passedBefore(passed),
    );
    const { reusePort } = config.process;
    const sockets = await loadSockets(host.platform, { reusePort, passed: table.held, inherited });
    const gateway =
      gatewayOptions === undefined
        ? null
        : await openGateway(gatewayOptions, config, host, inherited, () => app?.metrics ?? null);
    app = await startApp(config, host, { sockets, table, gateway, isSuccessor: predecessor !== null });
    if (predecessor !== null && signals > 0) {
      // Asked to end before it has taken over. The process before notices that the connection is closed, and goes on.
      predecessor.close();
      await app.leave();
      return 0;
    }
    if (predecessor !== null) await takeOverFrom(predecessor, app, host);
    const { log } = app;
    notices = await createServiceNotices(host, log, app.alive);
    notices.ready(servingStatus(app.listeners));
    const turns = new SerialQueue();
    succession = await createSuccession({
      ...{ app, host, notices, turns },
      identity: source === undefined ? null : resolve(source.file),
      standing: takeOver,
      hasSockets: sockets !== null,
    });
    if (source !== undefined) {
      const reload = createReload({ app, source, log, notices, turns });
      hangUp = () => void reload();
      if (config.process.watchConfig) off.push(watchConfig(source.file, hangUp, watch));
    } else if (host.stdinIsTerminal) {
      // The shell and the kernel may each send one: a second SIGHUP is not a second request to end.
      hangUp = () => {
        signals = Math.max(signals, 1);
        obey();
      };
    } else {
      hangUp = () => log.debug({}, 'SIGHUP ignored: there is no configuration file to read again');
    }
    for (const run of early) run();
    obey();
    await app.ended;
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    for (const line of error.lines) host.stderr.write(`herald: ${line}\n`);
    return 1;
  } finally {
    await succession?.stop();
    notices?.end();
    for (const stop of off) stop();
    clearInterval(alive);
  }
}

/**
 * Tells the process before that this one serves, and takes what only one of them can have. Rejects with a `StartError` if that
 * one keeps serving; the clients that were accepted here have been served then.
 */
async function takeOverFrom(predecessor: Predecessor, app: App, host: Host): Promise<void> {
  try {
    const outcome = await predecessor.ready();
    const { pid, version, nodeVersion: node } = host;
    app.log.info({ pid, version, node }, WENT[outcome]);
  } catch (error) {
    await app.leave();
    throw error;
  }
  await app.succeed();
}

/** Loaded on demand: no other command needs it. */
async function openGateway(
  options: GatewayOptions,
  config: Config,
  host: Host,
  inherited: readonly HeldSocket[],
  metrics: () => string | null,
): Promise<Gateway> {
  const { createGateway } = await import('./gateway.ts');
  const ports = inherited.flatMap(({ address }) => (address.kind === 'tcp' ? address.port : []));
  return createGateway({ options, process: config.process, host, metrics, inherited: new Set(ports) });
}

const WENT = {
  handed_over: 'took over from the old process',
  gone: 'the old process has ended; this one serves',
} as const;

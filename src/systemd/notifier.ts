import { hrtime } from 'node:process';
import { sendDatagram } from '../linux/datagram.ts';
import { errnoName } from '../linux/errno.ts';

// What a service of Type=notify tells systemd (sd_notify(3)), by datagrams to NOTIFY_SOCKET:
//
//     start ─▶ READY=1 ─┬─▶ RELOADING=1 ─▶ READY=1 ─┬─▶ STOPPING=1
//                       └─▶ MAINPID= of a successor ┴─▶ nothing more
//     WATCHDOG=1 at half of WATCHDOG_USEC, while all threads answer

type Environment = { readonly [name: string]: string | undefined };

export interface NotifierParts {
  readonly env: Environment;
  readonly pid: number;
  /** Called with one sentence if systemd cannot be told. */
  readonly warn: (message: string) => void;
  /** Sends a datagram to a path or an `@` name: 0, or the negative errno. Tests bring their own. */
  readonly send?: (path: string, bytes: Uint8Array) => number;
  /** CLOCK_MONOTONIC in nanoseconds. */
  readonly monotonicNs?: () => bigint;
}

/** What the watchdog asks, and the clock that it runs by. */
export interface WatchdogParts {
  /** Whether the main thread and every worker answer. Resolves in bounded time. */
  readonly alive: () => Promise<boolean>;
  readonly after: (ms: number, run: () => void) => () => void;
}

/** Tells systemd about this process. Every method does nothing if systemd asked for nothing. Once handed over, it is silent. */
export class Notifier {
  readonly #parts: Required<NotifierParts>;
  #path: string | null;
  #hasWarned = false;
  #isStopping = false;
  #stopWatchdog = () => {};

  constructor(parts: NotifierParts) {
    this.#parts = { send: sendDatagram, monotonicNs: hrtime.bigint, ...parts };
    this.#path = this.#readPath();
  }

  /** Serving, after a start or a reload. `status` is one short line for `systemctl status`. */
  ready(status: string): void {
    if (!this.#isStopping) this.#tell(['READY=1', `STATUS=${status}`]);
  }

  /** The configuration is read again. `ready` ends it, whatever comes of it. */
  reloading(): void {
    if (this.#isStopping) return;
    const us = this.#parts.monotonicNs() / 1000n;
    // Without its time systemd cannot tell this reload from an earlier one (Type=notify-reload).
    this.#tell(['RELOADING=1', `MONOTONIC_USEC=${us}`]);
  }

  /** The end begins: of what follows only the watchdog is told. */
  stopping(status: string): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#tell(['STOPPING=1', `STATUS=${status}`]);
  }

  /** Another process is the service from now on. A STOPPING=1 of this one would stop it, so nothing is sent any more. */
  handedOver(pid: number): void {
    // 0: a process of another PID namespace, which systemd would not take for the service's.
    if (pid > 0) this.#tell([`MAINPID=${pid}`]);
    this.#path = null;
    this.end();
  }

  /** Sends WATCHDOG=1 at half of the interval that systemd asked for, if it did, until `end`. */
  watch({ alive, after }: WatchdogParts): void {
    const ms = watchdogMs(this.#parts.env, this.#parts.pid);
    if (ms === null || this.#path === null) return;
    let ended = false;
    const turn = async () => {
      const good = await alive();
      if (ended) return;
      if (good) this.#tell(['WATCHDOG=1']);
      cancel = after(ms, turn);
    };
    let cancel = after(ms, turn);
    this.#stopWatchdog = () => {
      ended = true;
      cancel();
    };
  }

  /** Ends the watchdog. */
  end(): void {
    this.#stopWatchdog();
  }

  #tell(lines: readonly string[]): void {
    if (this.#path === null) return;
    const result = this.#parts.send(this.#path, new TextEncoder().encode(lines.join('\n')));
    if (result < 0) this.#warnOnce(`systemd could not be told ${lines[0]}: ${errnoName(-result)}`);
  }

  #readPath(): string | null {
    const { NOTIFY_SOCKET: path } = this.#parts.env;
    if (path === undefined || path === '') return null;
    if (/^[/@]./s.test(path)) return path;
    this.#warnOnce(
      `NOTIFY_SOCKET ${JSON.stringify(path)} is of a kind that Herald does not support (a path or an @ name are): systemd is not told`,
    );
    return null;
  }

  #warnOnce(message: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#parts.warn(message);
  }
}

/** Half of the watchdog's interval in milliseconds; null if there is none for this process. */
export function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: Environment, pid: number): number | null {
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(pid)) return null;
  const us = Number(WATCHDOG_USEC ?? Number.NaN);
  return Number.isInteger(us) && us > 0 ? Math.max(1, Math.floor(us / 2000)) : null;
}

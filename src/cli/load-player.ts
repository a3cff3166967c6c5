import type { LoadPlan } from '../load/load-plan.ts';
import type { Outcome } from '../load/outcome.ts';
import { showProgress } from '../load/report/show-progress.ts';
import { type LoadRun, startLoad } from '../load/run-load.ts';
import type { Host } from '../observe/host.ts';

/** Plays one run, or the steps of a search or a ramp one after the other. */
export interface Player {
  /** Undefined if there is no outcome: aborted, or the generator failed, which was reported. */
  play(plan: LoadPlan): Promise<Outcome | undefined>;
  /** Waits so long, or until a signal comes. */
  rest(ms: number): Promise<void>;
  /** A signal came: the current run ends early, and no other begins. */
  readonly stopped: boolean;
  /** Stops listening for signals. */
  close(): void;
}

/** The first signal ends the run early, the second aborts it without an outcome. */
export async function createPlayer(host: Host, { steps }: { readonly steps: boolean }): Promise<Player> {
  const sockets = await chooseSockets(host);
  let run: LoadRun | null = null;
  let signals = 0;
  let wake = (): void => {};
  let giveUp = (): void => {};
  const aborted = new Promise<undefined>((resolve) => {
    giveUp = () => resolve(undefined);
  });
  const off = (['SIGINT', 'SIGTERM'] as const).map((signal) =>
    host.onSignal(signal, () => {
      run?.stop();
      wake();
      if (++signals < 2) return;
      run?.abort();
      giveUp();
    }),
  );
  return {
    async play(plan) {
      run = startLoad(plan, sockets);
      if (signals > 0) run.stop();
      const hide = showProgress(host.stderr, run.progress, { clears: steps });
      try {
        return await Promise.race([run.outcome, aborted]);
      } catch (error) {
        host.stderr.write(`herald: the load generator failed: ${(error as Error).message}\n`);
        return undefined;
      } finally {
        hide();
      }
    },
    rest: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, signals > 0 ? 0 : ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    get stopped() {
      return signals > 0;
    },
    close: () => {
      for (const stop of off) stop();
    },
  };
}

/** epoll on Linux, if koffi has a binary for this machine. */
async function chooseSockets(host: Host): Promise<'epoll' | 'net'> {
  if (host.platform !== 'linux') return 'net';
  try {
    await import('../load/epoll-sockets.ts');
    return 'epoll';
  } catch (error) {
    host.stderr.write(`herald: epoll is not available, using node:net: ${(error as Error).message}\n`);
    return 'net';
  }
}

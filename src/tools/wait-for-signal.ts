import type { Host } from '../observe/host.ts';

/**
 * Resolves at the first SIGINT or SIGTERM, and at SIGHUP if standard input is a terminal, which was closed then; otherwise
 * SIGHUP is ignored, as under nohup. Listens from the call on.
 */
export function waitForSignal(host: Host): Promise<void> {
  return new Promise((resolve) => {
    const off = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) =>
      host.onSignal(signal, () => {
        if (signal === 'SIGHUP' && !host.stdinIsTerminal) return;
        for (const stop of off) stop();
        resolve();
      }),
    );
  });
}

import type { Host } from '../observe/host.ts';

/** Resolves at the first SIGINT or SIGTERM; listens from the call on. */
export function waitForSignal(host: Host): Promise<void> {
  return new Promise((resolve) => {
    const off = (['SIGINT', 'SIGTERM'] as const).map((signal) =>
      host.onSignal(signal, () => {
        for (const stop of off) stop();
        resolve();
      }),
    );
  });
}

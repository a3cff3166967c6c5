import type { Host } from '../app/host.ts';
import type { Config } from '../config/config.ts';

/** Runs a configuration until it ends. What moves connections is loaded only now, when nothing is wrong. */
export async function serve(config: Config, host: Host): Promise<number> {
  const { runApp } = await import('../app/app.ts');
  return runApp(config, host);
}

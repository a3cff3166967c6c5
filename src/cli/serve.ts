import type { ConfigFile } from '../app/reload.ts';
import type { Config } from '../config/config.ts';
import type { Host } from '../observe/host.ts';

/** Runs a configuration until it ends. What moves connections is loaded only now, when nothing is wrong. */
export async function serve(config: Config, host: Host, source?: ConfigFile): Promise<number> {
  const { runApp } = await import('../app/run-app.ts');
  return runApp(config, host, source);
}

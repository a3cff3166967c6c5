import type { Config } from '../config/config.ts';
import { spelledOut } from '../config/config-error.ts';
import { isInCluster } from '../config/environment.ts';
import type { Engines } from '../control/engines.ts';
import { foreignDialFrom } from '../control/foreign-dial-from.ts';
import { ownAddresses, ownRangeWarnings } from '../control/own-range-warnings.ts';
import type { Host } from '../observe/host.ts';
import { createLog, type Log } from '../observe/log.ts';
import type { Running } from '../ops/ops-views.ts';

/** The log of the process, on its standard output. */
export function createAppLog({ logLevel, logFormat }: Config['process'], { stdout, env }: Host): Log {
  return createLog({
    level: logLevel,
    format: logFormat,
    stream: stdout,
    colour: stdout.isTTY === true && hasColours(env),
  });
}

/** What the environment says about the terminal. Without a TERM, as in a library, no colours are used. */
function hasColours({ NO_COLOR, TERM = 'dumb' }: Host['env']): boolean {
  return !NO_COLOR && TERM !== 'dumb';
}

/** Logs warnings about valid options: those of the configuration alone, and those that depend on this host. */
export async function warnOfConfig(log: Log, { warnings, listeners }: Config, { env }: Host): Promise<void> {
  const local = isInCluster(env) ? ownRangeWarnings(listeners, ownAddresses()) : [];
  const foreign = await foreignDialFrom(listeners);
  const some = [local, foreign].flatMap((lines) =>
    spelledOut(
      lines,
      () => 'addresses',
      String,
      (kind, more) => `and ${more} more warnings of ${kind}`,
    ),
  );
  for (const warning of [...warnings, ...some]) log.warn({}, warning);
}

/** One line a listener: which engine serves it, and why. */
export function announce({ log, keeper }: Running, engines: Engines): void {
  for (const { id, name } of keeper.open) {
    const { engine, threads, why } = engines.servedBy(id);
    log.info({ listener: name, engine, ...(threads > 0 ? { threads } : {}) }, `served by ${engine}: ${why}`);
  }
}

/** Options of the process change only with a restart, so a reload that has others ignores them with a warning. */
export function warnOfProcessOptions(log: Log, { process: now }: Config, { process: next }: Config): void {
  const keys = (Object.keys(now) as (keyof typeof now)[]).filter((key) => {
    return JSON.stringify(now[key]) !== JSON.stringify(next[key]);
  });
  if (keys.length > 0)
    log.warn({ options: keys }, 'options of the process changed; restart Herald to apply them');
}

import { completeConfig } from './complete-config.ts';
import type { Config } from './config.ts';
import type { ConfigProblem } from './config-error.ts';
import { commonSettings, type Environment, isInCluster, readEnvironment } from './environment.ts';
import { flagSettings } from './flag-settings.ts';
import { pickScope } from './known-options.ts';
import type { Role } from './listener-option.ts';
import { flagOf } from './option.ts';
import type { Flags } from './setting.ts';

/**
 * `herald edge` and `herald sidecar`: one listener from flags and environment, flags winning. `problems`
 * are mistakes that the command line had already. Throws a `ConfigError` with all of them.
 */
export function configFromFlags(
  role: Role,
  flags: Flags,
  env: Environment,
  problems: readonly ConfigProblem[] = [],
): Config {
  const environment = readEnvironment(env, ['listener', 'process']);
  const notes = { problems: [...problems, ...environment.problems], warnings: [...environment.warnings] };
  const written = new Map([...commonSettings(env), ...environment.settings, ...flagSettings(flags, notes)]);
  const place = (key: string) => written.get(key)?.place ?? flagOf(key);
  return completeConfig({
    process: pickScope(written, 'process'),
    listeners: [{ role, settings: pickScope(written, 'listener'), place }],
    inCluster: isInCluster(env),
    fromFile: false,
    place,
    ...notes,
    remarks: environment.remarks,
  });
}

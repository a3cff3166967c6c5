import type { ParsedAddress } from '../address/socket-address.ts';
import { completeConfig } from './complete-config.ts';
import type { Config } from './config.ts';
import { checkOpsAddresses } from './config-checks.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { commonSettings, type Environment, isInCluster, readEnvironment } from './environment.ts';
import { pickScope } from './known-options.ts';
import { flagOf, type Role } from './option.ts';
import { readProcess } from './read-options.ts';
import { type Flags, flagSettings } from './setting.ts';

/**
 * `herald edge` and `herald sidecar`: one listener from flags, else environment. `problems` are mistakes of the
 * command line found before. Throws a `ConfigError` with all mistakes.
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
    listeners: [{ role, settings: pickScope(written, 'listener'), place, spell: flagOf }],
    inCluster: isInCluster(env),
    from: 'flags',
    place,
    spell: flagOf,
    ...notes,
    remarks: environment.remarks,
  });
}

/**
 * The admin address of a running Herald, for commands that ask it: same flag, variable and default as its own.
 * Throws a `ConfigError`, also for `none`.
 */
export function adminAddress(
  flags: Flags,
  env: Environment,
  problems: readonly ConfigProblem[] = [],
): ParsedAddress {
  const found = [...problems];
  const asked = flagSettings(flags, { problems: found, warnings: [] });
  const admin = asked.get('admin') ?? readEnvironment(env, ['process']).settings.get('admin');
  const values = readProcess(new Map(admin === undefined ? [] : [['admin', admin]]), false, found);
  const place = admin?.place ?? flagOf('admin');
  found.push(
    ...checkOpsAddresses(values.admin ? { admin: values.admin } : {}, [], {
      settings: new Map(),
      place: () => place,
      spell: flagOf,
    }),
  );
  const address = values.admin?.address;
  if (address === null) {
    found.push({
      code: 'missing',
      option: place,
      expected: 'the admin address of a running Herald',
      got: '"none"',
    });
  }
  if (found.length > 0 || !address) throw new ConfigError(found);
  return address;
}

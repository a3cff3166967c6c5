import { completeConfig } from './complete-config.ts';
import { type ConfigProblem, missing } from './config-error.ts';
import { commonSettings, type Environment, isInCluster, readEnvironment } from './environment.ts';
import { checkGateway, gatewayWarnings } from './gateway-checks.ts';
import type { GatewayConfig, GatewayOptions } from './gateway-options.ts';
import { GATEWAY_OPTIONS, USUAL_CLASS } from './gateway-table.ts';
import { pickScope } from './known-options.ts';
import { flagOf } from './option.ts';
import type { ProcessOption } from './process-options.ts';
import { readOption, readProcess } from './read-options.ts';
import { type Flags, flagSettings, type Settings } from './setting.ts';

/**
 * `herald gateway`: options of the process and of the gateway from flags, else environment; listeners come from the cluster.
 * `problems` are mistakes of the command line found before. Throws a `ConfigError` with all mistakes.
 */
export function gatewayFromFlags(
  flags: Flags,
  env: Environment,
  problems: readonly ConfigProblem[] = [],
): GatewayConfig {
  const environment = readEnvironment(env, ['gateway', 'process']);
  const found = [...problems, ...environment.problems];
  const warnings = [...environment.warnings];
  const settings = new Map([
    ...commonSettings(env),
    ...environment.settings,
    ...flagSettings(flags, { problems: found, warnings }),
  ]);
  const place = (key: string) => settings.get(key)?.place ?? flagOf(key);
  const inCluster = isInCluster(env);
  const ofGateway = withClass(pickScope(settings, 'gateway'));
  const ofProcess = pickScope(settings, 'process');
  const gateway = readGateway(ofGateway, place, found);
  // completeConfig reports what is wrong with the options of the process themselves.
  const draft = { gateway, process: readProcess(ofProcess, inCluster, []), settings, place, spell: flagOf };
  found.push(...checkGateway(draft));
  const config = completeConfig({
    process: ofProcess,
    gateway: ofGateway,
    listeners: [],
    inCluster,
    from: 'cluster',
    place,
    spell: flagOf,
    problems: found,
    warnings: [...warnings, ...gatewayWarnings(draft)],
    remarks: environment.remarks,
  });
  // No problem means that no value is missing.
  return { config, gateway: gateway as GatewayOptions };
}

/** Parses every option of the gateway and fills in the defaults; wrong ones are left out and go to `problems`. */
function readGateway(
  settings: Settings,
  place: (key: string) => string,
  problems: ConfigProblem[],
): Partial<GatewayOptions> {
  const values: { [key: string]: unknown } = {};
  for (const [key, option] of Object.entries<ProcessOption<unknown>>(GATEWAY_OPTIONS)) {
    const setting = settings.get(key);
    const value = readOption(option, setting, false, problems);
    if (value !== undefined) values[key] = value;
    else if (setting === undefined) problems.push(missing(place(key), option.type.expected));
  }
  return values;
}

/** A prefix of one's own is that of the class too. */
function withClass(settings: Settings): Settings {
  const prefix = settings.get('prefix');
  if (prefix === undefined || settings.has('class')) return settings;
  const parsed = GATEWAY_OPTIONS.prefix.type.parse(prefix.texts);
  if (!('value' in parsed)) return settings;
  return new Map([...settings, ['class', { ...prefix, texts: [`${parsed.value}${USUAL_CLASS}`] }]]);
}

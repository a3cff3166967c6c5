import type { ParsedAddress } from '../address/socket-address.ts';
import { checkMachineAddresses } from './config-checks.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { flagSettings } from './flag-settings.ts';
import { flagOf } from './option.ts';
import { readProcess } from './read-process.ts';
import type { Flags } from './setting.ts';

/**
 * The admin address of a Herald that runs, for those who ask it: the same flag, variable and default.
 * Throws a `ConfigError`, also where it is `none`.
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
  found.push(...checkMachineAddresses({ ...(values.admin ? { admin: values.admin } : {}) }, [], () => place));
  const address = values.admin?.address;
  if (address === null) {
    found.push({
      code: 'missing',
      option: place,
      expected: 'the admin address of a Herald that runs',
      got: '"none"',
    });
  }
  if (found.length > 0 || !address) throw new ConfigError(found);
  return address;
}

import type { ParsedAddress } from '../address/socket-address.ts';
import { checkOpsAddresses } from './config-checks.ts';
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
  const admin = new Map([...readEnvironment(env, ['process']).settings, ...flagSettings(flags)]).get('admin');
  const found = [...problems];
  const values = readProcess(new Map(admin === undefined ? [] : [['admin', admin]]), false, found);
  const place = admin?.place ?? flagOf('admin');
  found.push(...checkOpsAddresses({ ...(values.admin ? { admin: values.admin } : {}) }, [], () => place));
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

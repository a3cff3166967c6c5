import type { ParsedAddress } from '../address/socket-address.ts';
import type { OpsAddress, ProcessOptions } from './config.ts';
import type { ConfigProblem } from './config-error.ts';
import { PROCESS_OPTIONS, type ProcessOption } from './process-options.ts';
import { readDefault, readSetting } from './read-option.ts';
import type { Settings } from './setting.ts';

/** Reads every option of the process and fills in the defaults; what is wrong is missing, and in `problems`. */
export function readProcess(
  settings: Settings,
  inCluster: boolean,
  problems: ConfigProblem[],
): Partial<ProcessOptions> {
  const values: { [key: string]: unknown } = {};
  for (const [key, option] of Object.entries<ProcessOption<unknown>>(PROCESS_OPTIONS)) {
    const setting = settings.get(key);
    const value =
      setting === undefined ? standard(option, inCluster) : readSetting(option.type, setting, problems);
    if (value === undefined) continue;
    values[key] = isOpsAddress(key) ? opsAddress(value, setting !== undefined) : value;
  }
  return values;
}

function standard(option: ProcessOption<unknown>, inCluster: boolean): unknown {
  const text = (inCluster ? option.inCluster : undefined) ?? option.usual;
  return text === null ? option.unset?.value : readDefault(option, text);
}

function isOpsAddress(key: string): boolean {
  return ['metrics', 'admin', 'serviceHealth'].includes(key);
}

function opsAddress(value: unknown, asked: boolean): OpsAddress {
  return { address: value as ParsedAddress | null, asked };
}

import type { ConfigFile } from '../app/reload.ts';
import type { Config } from '../config/config.ts';
import { FORMER_NAMES } from '../config/former-names.ts';
import { GATEWAY_OPTIONS } from '../config/gateway-table.ts';
import { LISTENER_OPTIONS } from '../config/listener-options.ts';
import { listenerDefault, processDefault } from '../config/manual.ts';
import type { ListenerOption, Role } from '../config/option.ts';
import { PROCESS_OPTIONS, type ProcessOption } from '../config/process-options.ts';
import type { Host } from '../observe/host.ts';
import type { CliFlag } from './command.ts';

/** Runs a configuration until it ends. The engines are loaded only now that nothing is wrong. */
export async function serve(config: Config, host: Host, source?: ConfigFile): Promise<number> {
  const { runApp } = await import('../app/run-app.ts');
  return runApp(config, host, { source });
}

/** The flags of a listener's options, with the defaults of the role. */
export function listenerFlags(role: Role): CliFlag[] {
  const rows = Object.entries<ListenerOption<unknown>>(LISTENER_OPTIONS);
  return rows.map(([key, option]) => flagOf(key, option, listenerDefault(option, role)));
}

/** The former names of listener flags, which are still accepted. */
export function formerListenerFlags(role: Role): CliFlag[] {
  const flags = listenerFlags(role);
  return Object.entries(FORMER_NAMES).flatMap(([key, present]) =>
    flags.filter((flag) => flag.key === present).map((flag) => ({ ...flag, key })),
  );
}

/** The flags of the options of a gateway. */
export function gatewayFlags(): CliFlag[] {
  const rows = Object.entries<ProcessOption<unknown>>(GATEWAY_OPTIONS);
  return rows.map(([key, option]) => flagOf(key, option, processDefault(option)));
}

/** The flags of the options of the process. */
export function processFlags(): CliFlag[] {
  const rows = Object.entries<ProcessOption<unknown>>(PROCESS_OPTIONS);
  return rows.map(([key, option]) => flagOf(key, option, processDefault(option)));
}

/** The flag of one option of the process, for commands with only that one. */
export function processFlag(key: keyof typeof PROCESS_OPTIONS): CliFlag {
  return flagOf(key, PROCESS_OPTIONS[key], processDefault(PROCESS_OPTIONS[key]));
}

function flagOf(
  key: string,
  { type, group, text }: ListenerOption<unknown> | ProcessOption<unknown>,
  standard: string,
): CliFlag {
  const { arity, values } = type;
  return { key, arity, group, text, ...(arity === 'flag' ? {} : { values }), standard };
}

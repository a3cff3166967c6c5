import type { ParsedAddress } from '../address/socket-address.ts';
import type { OpsAddress, ProcessOptions } from './config.ts';
import { type ConfigProblem, missing } from './config-error.ts';
import { shareDestinations } from './destinations.ts';
import { LISTENER_OPTIONS } from './listener-options.ts';
import type { ListenerOption, ListenerValues, Option } from './option.ts';
import { PROCESS_OPTIONS, type ProcessOption } from './process-options.ts';
import type { ListenerDraft, Setting, Settings, WrittenListener } from './setting.ts';
import { showValue } from './show-value.ts';
import type { ParsedValue, ValueType } from './value-type.ts';

/** Parses every option of a listener and fills in the defaults of its role; mistakes go to `problems`. */
export function readListener(written: WrittenListener, problems: ConfigProblem[]): ListenerDraft {
  const values: { [key: string]: unknown } = {};
  for (const [key, option] of Object.entries<ListenerOption<unknown>>(LISTENER_OPTIONS)) {
    const value = readListenerOption(key, option, written, problems);
    if (value !== undefined) values[key] = value;
  }
  const { weight, backup, ...rest } = values as Partial<ListenerValues>;
  const to = shareDestinations({ to: rest.to, weight, backup }, written, problems);
  const weighted = written.settings.has('weight') || written.settings.has('backup');
  return {
    ...written,
    values: {
      ...rest,
      ...(to === undefined ? {} : { to }),
      weighted,
      refusesEmptyShares: false,
      object: null,
    },
  };
}

function readListenerOption(
  key: string,
  option: ListenerOption<unknown>,
  { role, settings, place }: WrittenListener,
  problems: ConfigProblem[],
): unknown {
  const setting = settings.get(key);
  if (setting !== undefined) return readSetting(option.type, setting, problems);
  const standard = option[role];
  if (standard !== null) return readDefault(option, standard);
  if (option.unset !== undefined) return option.unset.value;
  problems.push(missing(place(key), option.type.expected));
  return undefined;
}

/** Parses every option of the process and fills in the defaults; wrong ones are left out and go to `problems`. */
export function readProcess(
  settings: Settings,
  inCluster: boolean,
  problems: ConfigProblem[],
): Partial<ProcessOptions> {
  const values: { [key: string]: unknown } = {};
  for (const [key, option] of Object.entries<ProcessOption<unknown>>(PROCESS_OPTIONS)) {
    const setting = settings.get(key);
    const value = readOption(option, setting, inCluster, problems);
    if (value === undefined) continue;
    values[key] = isOpsAddress(key) ? opsAddress(value, setting !== undefined) : value;
  }
  return values;
}

/** One option of a process or a gateway: what was written, else its default. Undefined if it is wrong or has none. */
export function readOption(
  option: ProcessOption<unknown>,
  setting: Setting | undefined,
  inCluster: boolean,
  problems: ConfigProblem[],
): unknown {
  return setting === undefined ? standard(option, inCluster) : readSetting(option.type, setting, problems);
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

/** Parses one setting. Undefined if it is wrong; the mistakes go to `problems`. */
export function readSetting<T>(
  type: ValueType<T>,
  { texts, place, wrong }: Pick<Setting, 'texts' | 'place' | 'wrong'>,
  problems: ConfigProblem[],
): T | undefined {
  if (wrong) return undefined;
  const parsed = readTexts(type, texts);
  if ('value' in parsed) return parsed.value;
  for (const refusal of parsed.refusals) problems.push({ ...refusal, option: place });
  return undefined;
}

function readTexts<T>(type: ValueType<T>, texts: readonly string[]): ParsedValue<T> {
  const { arity, expected } = type;
  if (texts.length === 0) {
    const message = `needs a value: ${expected}`;
    return { refusals: [{ code: 'missing', expected, got: 'nothing', message }] };
  }
  if (texts.length > 1 && (arity === 'one' || arity === 'flag')) {
    const got = texts.map(showValue).join(' and ');
    return { refusals: [{ code: 'given_twice', expected: 'one value', got }] };
  }
  return type.parse(texts);
}

/** Parses a default of the table. Throws if the table itself is wrong. */
function readDefault<T>({ type }: Option<T>, text: string): T {
  const parsed = type.parse([text]);
  if ('value' in parsed) return parsed.value;
  throw new TypeError(`a default of the table is wrong: ${text}`);
}

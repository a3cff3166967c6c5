import type { ConfigProblem } from './config-error.ts';
import type { ListenerDraft, WrittenListener } from './listener-draft.ts';
import type { ListenerOption } from './listener-option.ts';
import { LISTENER_OPTIONS } from './listener-options.ts';
import { missing } from './missing.ts';
import { readDefault, readSetting } from './read-option.ts';

/** Reads every option of a listener and fills in the defaults of its role; mistakes go to `problems`. */
export function readListener(written: WrittenListener, problems: ConfigProblem[]): ListenerDraft {
  const values: { [key: string]: unknown } = {};
  for (const [key, option] of Object.entries<ListenerOption<unknown>>(LISTENER_OPTIONS)) {
    const value = readListenerOption(key, option, written, problems);
    if (value !== undefined) values[key] = value;
  }
  return { ...written, values };
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

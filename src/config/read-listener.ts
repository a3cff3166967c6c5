import type { ConfigProblem } from './config-error.ts';
import { laterOptionsOf } from './known-options.ts';
import { refuseLater } from './later-options.ts';
import type { ListenerDraft, WrittenListener } from './listener-draft.ts';
import { LISTENER_OPTIONS, type ListenerOption } from './listener-options.ts';
import { readDefault, readSetting } from './read-option.ts';
import type { Settings } from './setting.ts';
import { showValue } from './show-value.ts';

/** Reads every option of a listener and fills in the defaults of its role; mistakes go to `problems`. */
export function readListener(written: WrittenListener, problems: ConfigProblem[]): ListenerDraft {
  const values: { [key: string]: unknown } = {};
  for (const [key, option] of Object.entries<ListenerOption<unknown>>(LISTENER_OPTIONS)) {
    const value = readListenerOption(key, option, written, problems);
    if (value !== undefined) values[key] = value;
  }
  refuseLaterOptions('listener', written.settings, problems);
  return { ...written, values };
}

function readListenerOption(
  key: string,
  option: ListenerOption<unknown>,
  { role, settings, place }: WrittenListener,
  problems: ConfigProblem[],
): unknown {
  const setting = settings.get(key);
  if (setting !== undefined) return readSetting(key, option.type, setting, problems);
  const standard = option[role];
  if (standard !== null) return readDefault(option, standard);
  if (option.unset !== undefined) return option.unset.value;
  problems.push({ code: 'missing', option: place(key), expected: option.type.expected, got: 'nothing' });
  return undefined;
}

/** Options that wait for a later version are refused, unless they ask for what is done anyway. */
export function refuseLaterOptions(
  scope: 'listener' | 'process',
  settings: Settings,
  problems: ConfigProblem[],
): void {
  for (const option of laterOptionsOf(scope)) {
    const setting = settings.get(option.key);
    if (setting === undefined) continue;
    const { texts, place } = setting;
    const message = refuseLater(option, texts);
    if (message === undefined) continue;
    const expected = option.accepts[0] ?? 'nothing';
    problems.push({
      code: 'not_in_this_version',
      option: place,
      expected,
      got: showValue(texts.join(',')),
      message,
    });
  }
}

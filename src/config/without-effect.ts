import type { ConfigProblem } from './config-error.ts';
import { type ListenerDraft, nameOf } from './setting.ts';
import { showValue } from './show-value.ts';

/**
 * A problem for each of these options that was written, although it has no effect: its author relies on it. The reason is a
 * second option, `cause`, and what it `is`.
 */
export function withoutEffect(
  draft: ListenerDraft,
  keys: readonly string[],
  cause: string,
  is: string,
): ConfigProblem[] {
  return keys.flatMap((key) => {
    const setting = draft.settings.get(key);
    if (setting === undefined || setting.wrong) return [];
    const got = showValue(setting.texts.join(','));
    const message = `would have no effect, since ${nameOf(cause, key, draft)} ${is}`;
    return [{ code: 'without_effect', option: draft.place(key), expected: 'nothing', got, message }];
  });
}

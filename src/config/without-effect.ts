import type { ConfigProblem } from './config-error.ts';
import type { ListenerDraft } from './listener-draft.ts';
import { showValue } from './show-value.ts';

/** Those of the options that were written, where they would do nothing: somebody relies on them. */
export function without(draft: ListenerDraft, keys: readonly string[], since: string): ConfigProblem[] {
  return keys.flatMap((key) => {
    const setting = draft.settings.get(key);
    if (setting === undefined || setting.wrong) return [];
    const got = showValue(setting.texts.join(','));
    const message = `would do nothing, since ${since}`;
    return [{ code: 'without_effect', option: draft.place(key), expected: 'nothing', got, message }];
  });
}

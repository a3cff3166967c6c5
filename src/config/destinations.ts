import type { Destination } from './config.ts';
import type { ConfigProblem } from './config-error.ts';
import { nearestWord } from './nearest-word.ts';
import type { EndpointWeight } from './option.ts';
import { nameOf, type WrittenListener } from './setting.ts';
import { showValue } from './show-value.ts';
import { listItems } from './value-type.ts';

/** What was read for `--to`, `--weight` and `--backup`; undefined: it is wrong, and reported already. */
interface ReadShares {
  readonly to: readonly Destination[] | undefined;
  readonly weight: readonly EndpointWeight[] | undefined;
  readonly backup: readonly string[] | undefined;
}

/** Gives the destinations their weights and marks the backups. Mistakes go to `problems`. */
export function shareDestinations(
  { to, weight = [], backup = [] }: ReadShares,
  written: WrittenListener,
  problems: ConfigProblem[],
): readonly Destination[] | undefined {
  if (to === undefined) return undefined;
  const texts = listItems(written.settings.get('to')?.texts ?? []);
  const shares = to.map((destination) => ({ ...destination }));
  const find = (key: 'weight' | 'backup', text: string, seen: Set<string>) => {
    const option = written.settings.get(key)?.place ?? written.place(key);
    const share = shares[texts.indexOf(text)];
    if (share === undefined) problems.push(notInTo(option, text, texts, nameOf('to', key, written)));
    else if (seen.has(text)) {
      problems.push({ code: 'given_twice', option, expected: 'each endpoint once', got: showValue(text) });
    }
    seen.add(text);
    return share;
  };
  const weighted = new Set<string>();
  for (const each of weight) {
    const share = find('weight', each.endpoint, weighted);
    if (share !== undefined) share.weight = each.weight;
  }
  const spares = new Set<string>();
  for (const text of backup) {
    const share = find('backup', text, spares);
    if (share !== undefined) share.backup = true;
  }
  return shares;
}

function notInTo(option: string, text: string, texts: readonly string[], to: string): ConfigProblem {
  const near = nearestWord(text, texts);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  const expected = `an endpoint of ${to}`;
  const got = showValue(text);
  return { code: 'not_in_to', option, expected, got, message: `expected ${expected}, got ${got}${hint}` };
}

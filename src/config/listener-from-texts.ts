import type { Destination, ListenerOptions } from './config.ts';
import { type ConfigProblem, formatProblem } from './config-error.ts';
import { checkListener } from './listener-checks.ts';
import { LISTENER_OPTIONS } from './listener-options.ts';
import { flagOf } from './option.ts';
import { readListener, readSetting } from './read-options.ts';
import type { ListenerDraft, Setting } from './setting.ts';

/** Options of a listener as texts, by key (`idleTimeout`): what a flag of that name would have as its value. */
export interface SettingTexts {
  readonly [key: string]: string;
}

/** A listener of `herald edge` that comes from elsewhere than flags: each option that is not set has its default. */
export interface ListenerTexts {
  /** Any text: names of listeners that come from objects are `namespace/name:port`. */
  readonly name: string;
  /** The object that it is for: `service shop/web:443`; null: none in particular. */
  readonly object: string | null;
  readonly listen: string;
  readonly settings: SettingTexts;
  /** `endpoint` as for `--to`; null: never dialed, its share is refused. */
  readonly to: readonly { readonly endpoint: string | null; readonly weight: number }[];
  readonly refusesEmptyShares: boolean;
}

/**
 * Parses and completes a listener, with all checks of one listener; problems name options as flags. Checks of several
 * listeners against each other are the caller's. Never throws.
 */
export function listenerFromTexts(
  texts: ListenerTexts,
): { readonly options: ListenerOptions } | { readonly problems: readonly ConfigProblem[] } {
  const { draft, problems } = draftOf(texts);
  return problems.length > 0 ? { problems } : { options: draft.values as ListenerOptions };
}

/** What is kept of some settings, and the lines that the command line would print about the others. */
export interface UsableSettings {
  /** Those beneath included. */
  readonly settings: SettingTexts;
  readonly lines: readonly string[];
}

/**
 * Settings without those that are wrong by themselves or next to the others, so that the rest can be served. Headers that
 * would be accepted from nobody are not accepted at all: each peer is then its own client. `beneath`: valid settings that
 * these take precedence over, and that hold where these are wrong; nothing is said about them.
 */
export function usableSettings(written: SettingTexts, beneath: SettingTexts): UsableSettings {
  let upper = written;
  let lower = beneath;
  let lines: readonly string[] | undefined;
  for (;;) {
    const settings = { ...lower, ...upper };
    const { problems } = draftOf({ ...ANY, settings });
    if (problems.length === 0) return { settings, lines: lines ?? [] };
    // What is wrong only after something else was left out is a consequence, which its author did not write.
    lines ??= problems.filter((problem) => Object.hasOwn(written, keyOf(problem))).map(formatProblem);
    const wrong = new Set(problems.map(keyOf));
    const keptUpper = without(upper, wrong);
    const keptLower = keptUpper === upper ? without(lower, wrong) : lower;
    // A problem of no setting at all: there is nothing to leave out.
    if (keptUpper === upper && keptLower === lower) return { settings: beneath, lines };
    upper = keptUpper;
    lower = keptLower;
  }
}

/** The same object if nothing is left out. */
function without(settings: SettingTexts, keys: ReadonlySet<string>): SettingTexts {
  const kept = Object.entries(settings).filter(([key]) => !keys.has(key));
  return kept.length === Object.keys(settings).length ? settings : Object.fromEntries(kept);
}

const KEYS = new Map(Object.keys(LISTENER_OPTIONS).map((key) => [flagOf(key), key]));

/** The setting that is left out because of a problem: for a trust list that is missing, what needs one. */
function keyOf({ code, option }: ConfigProblem): string {
  return code === 'trust_required' ? 'acceptProxy' : (KEYS.get(option) ?? option);
}

/** Settings are judged next to a Service on a TCP port, whichever it is. */
const ANY: Omit<ListenerTexts, 'settings'> = {
  name: 'any',
  object: 'any',
  listen: ':1',
  to: [{ endpoint: 'k8s:any/any:1', weight: 1 }],
  refusesEmptyShares: false,
};

function draftOf(texts: ListenerTexts): { draft: ListenerDraft; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const settings = new Map(
    Object.entries(texts.settings).map(([key, text]) => [key, settingOf(key, [text])]),
  );
  settings.set('listen', settingOf('listen', [texts.listen]));
  // Read below: a name is not limited to the letters of the flag, and a destination has a weight.
  const endpoints = texts.to.flatMap(({ endpoint }) => endpoint ?? []);
  settings.set('name', { ...settingOf('name', [texts.name]), wrong: true });
  settings.set('to', { ...settingOf('to', endpoints), wrong: true });
  const read = readListener({ role: 'edge', settings, place: flagOf, spell: flagOf }, problems);
  const to = readDestinations(texts.to, problems);
  const { name, object, refusesEmptyShares } = texts;
  const draft = {
    ...read,
    values: {
      ...read.values,
      ...{ name, object, refusesEmptyShares },
      ...(to === null ? {} : { to, weighted: to.length > 1 }),
    },
  };
  problems.push(...checkListener(draft));
  return { draft, problems };
}

function settingOf(key: string, texts: readonly string[]): Setting {
  return { texts, place: flagOf(key), name: flagOf(key), spell: flagOf };
}

/** Never dialed: whoever is connected to it is refused. */
const REFUSES_ALL: readonly Destination[] = [{ name: null, weight: 1, backup: false }];

/**
 * One destination for each endpoint: a Service that is named twice gets the sum of its weights. If all weights are 0 nobody
 * gets a client, and clients are refused. null: an endpoint is wrong.
 */
function readDestinations(
  written: ListenerTexts['to'],
  problems: ConfigProblem[],
): readonly Destination[] | null {
  const weights = new Map<string | null, number>();
  for (const { endpoint, weight } of written) weights.set(endpoint, (weights.get(endpoint) ?? 0) + weight);
  const destinations: Destination[] = [];
  for (const [endpoint, weight] of weights) {
    if (endpoint === null) {
      destinations.push({ name: null, weight, backup: false });
      continue;
    }
    const read = readSetting(LISTENER_OPTIONS.to.type, settingOf('to', [endpoint]), problems);
    if (read === undefined) return null;
    destinations.push(...read.map((destination) => ({ ...destination, weight })));
  }
  return destinations.every(({ weight }) => weight === 0) ? REFUSES_ALL : destinations;
}

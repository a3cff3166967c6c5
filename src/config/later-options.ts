/**
 * What the manual promises and this version does not do yet: refused with a word instead of ignored.
 * Whoever builds a thing deletes its row here.
 */

export interface LaterOption {
  readonly key: string;
  readonly scope: 'listener' | 'process';
  /** Values that ask for nothing but what is done anyway. */
  readonly accepts: readonly string[];
  readonly needs: string;
  /** It takes no value. */
  readonly flag?: true;
}

const FORWARDED = 'the HTTP engine';

export const LATER_OPTIONS: readonly LaterOption[] = [
  { key: 'forwardedTrust', scope: 'listener', accepts: [], needs: FORWARDED },
];

/** Values, by option, that are not there yet. */
const LATER_VALUES: { readonly [key: string]: { readonly [value: string]: string } } = {
  present: { forwarded: FORWARDED },
};

/** Beginnings of ADDR that are not there yet. */
const LATER_SCHEMES: { readonly [scheme: string]: string } = {
  'udp:': 'UDP',
};

/** The word about an address of a kind that is not there yet, else undefined. */
export function laterScheme(address: string): string | undefined {
  const found = Object.entries(LATER_SCHEMES).find(([scheme]) => address.startsWith(scheme));
  return found === undefined ? undefined : notYet(address, found[1]);
}

/** The word about a value that is not there yet, else undefined. */
export function laterValue(key: string, value: string): string | undefined {
  const values = LATER_VALUES[key];
  return values !== undefined && Object.hasOwn(values, value) ? notYet(value, values[value]!) : undefined;
}

/** What is wrong with an option that is not there yet; undefined where its value changes nothing. */
export function refuseLater(option: LaterOption, texts: readonly string[]): string | undefined {
  const asked = texts.find((text) => !option.accepts.includes(text));
  if (asked === undefined && texts.length > 0) return undefined;
  const [only] = option.flag ? [] : option.accepts;
  if (only === undefined || asked === undefined)
    return `not in this version of Herald: ${wait(option.needs)}`;
  return `${notYet(asked, option.needs)}; expected ${only}`;
}

function notYet(value: string, needs: string): string {
  return `${JSON.stringify(value)} is not in this version of Herald: ${wait(needs)}`;
}

function wait(needs: string): string {
  return `it comes with ${needs}`;
}

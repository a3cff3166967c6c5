import { emitWarning } from 'node:process';

/**
 * Former names of options, which read wrongly beside those of TLS. They are accepted for one release, with a warning.
 * Remove this file with the release that drops them.
 */
export interface FormerAcceptOptions {
  /** @deprecated The former name of `headerless`. */
  readonly plain?: readonly string[];
  /** @deprecated The former name of `proxyHeader`. */
  readonly header?: 'required' | 'optional';
  /** @deprecated The former name of `acceptProxy`. */
  readonly expect?: 'any' | 'v1' | 'v2';
}

const PRESENT_NAMES = {
  plain: 'headerless',
  header: 'proxyHeader',
  expect: 'acceptProxy',
} as const satisfies { readonly [Former in keyof Required<FormerAcceptOptions>]: string };

/** The former names in use, by the present ones. */
export type FormerNames = ReadonlyMap<string, string>;

/** Options under their present names, and which former names they had. A name given in both forms adds to `problems`. */
export function underPresentNames(
  given: { readonly [name: string]: unknown },
  problems: string[],
): { readonly options: { readonly [name: string]: unknown }; readonly former: FormerNames } {
  const options = { ...given };
  const former = new Map<string, string>();
  for (const [name, present] of Object.entries(PRESENT_NAMES)) {
    const value = given[name];
    delete options[name];
    if (value === undefined) continue;
    if (given[present] !== undefined) {
      problems.push(`"${name}" is the former name of "${present}", which is given too; remove "${name}"`);
      continue;
    }
    options[present] = value;
    former.set(present, name);
  }
  return { options, former };
}

/** One warning of the process that gives every former name its present one; none if none was used. */
export function warnOfFormerNames(former: FormerNames): void {
  if (former.size === 0) return;
  const renamed = [...former].map(([present, name]) => `"${name}" is now called "${present}"`);
  emitWarning(`acceptProxyProtocol: ${renamed.join(', ')}; a former name is removed in the next release`, {
    type: 'DeprecationWarning',
    code: 'HERALD_OPTION_RENAMED',
  });
}

import type { Settings } from './setting.ts';
import { listItems, type WrittenDestination } from './value-type.ts';

/** Destinations of a file as the texts of flags; an empty list was not written. */
export interface DestinationTexts {
  readonly to: readonly string[];
  readonly weight: readonly string[];
  readonly backup: readonly string[];
}

/** The flags that say the same as a list of texts and destinations. Undefined if an item is neither. */
export function destinationTexts(value: unknown): DestinationTexts | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isDestinationItem)) return undefined;
  const items = value.map(
    (item): WrittenDestination => (typeof item === 'string' ? { endpoint: item } : item),
  );
  return {
    to: items.map(({ endpoint }) => endpoint),
    weight: items.flatMap(({ endpoint, weight }) => (weight === undefined ? [] : [`${endpoint}=${weight}`])),
    backup: items.flatMap(({ endpoint, backup }) => (backup ? [endpoint] : [])),
  };
}

/** Whether it is a text, or a mapping with an endpoint and no key besides weight and backup. */
export function isDestinationItem(item: unknown): item is string | WrittenDestination {
  if (typeof item === 'string') return true;
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return false;
  const { endpoint, weight, backup, ...others } = item as { readonly [key: string]: unknown };
  return (
    // A comma would make two endpoints of it.
    typeof endpoint === 'string' &&
    !endpoint.includes(',') &&
    (weight === undefined || Number.isInteger(weight)) &&
    (backup === undefined || typeof backup === 'boolean') &&
    Object.keys(others).length === 0
  );
}

/** The inverse of `destinationTexts`, for valid texts. */
export function writtenDestinations(
  texts: readonly string[],
  settings: Settings,
): readonly (string | WrittenDestination)[] {
  const weights = new Map(
    listItems(settings.get('weight')?.texts ?? []).map((text) => {
      const at = text.lastIndexOf('=');
      return [text.slice(0, at), Number(text.slice(at + 1))];
    }),
  );
  const backups = new Set(listItems(settings.get('backup')?.texts ?? []));
  return listItems(texts).map((endpoint) => {
    const weight = weights.get(endpoint);
    const backup = backups.has(endpoint);
    if (weight === undefined && !backup) return endpoint;
    return { endpoint, ...(weight === undefined ? {} : { weight }), ...(backup ? { backup } : {}) };
  });
}

import { createHash } from 'node:crypto';
import { destinationTexts, writtenDestinations } from './file-destinations.ts';
import { GATEWAY_OPTIONS } from './gateway-table.ts';
import { LISTENER_OPTIONS } from './listener-options.ts';
import type { ListenerOption, Role } from './option.ts';
import { PROCESS_OPTIONS, type ProcessOption } from './process-options.ts';
import type { Settings } from './setting.ts';
import { type FileShape, listItems, type ValueType } from './value-type.ts';

/** Options without effect if no header is accepted; written out, they would be refused or warned about. */
const OF_HEADERS = ['proxyHeader', 'headerTimeout', 'maxHeader'];

type Mapping = { readonly [key: string]: unknown };

/**
 * A whole configuration in the shape of a file, with every default: reading it gives the same configuration. With the
 * options of a gateway, which no file has, it is only to be shown.
 */
export function writtenFile(
  process: Settings,
  inCluster: boolean,
  listeners: readonly { readonly role: Role; readonly settings: Settings }[],
  gateway?: Settings,
): Mapping {
  const usual = (option: ProcessOption<unknown>) =>
    (inCluster ? option.inCluster : undefined) ?? option.usual;
  return {
    version: 1,
    ...writtenOptions<ProcessOption<unknown>>(PROCESS_OPTIONS, process, usual),
    ...(gateway && { gateway: writtenOptions<ProcessOption<unknown>>(GATEWAY_OPTIONS, gateway, usual) }),
    listeners: listeners.map(({ role, settings }) => {
      const acceptProxy = settings.get('acceptProxy')?.texts[0] ?? LISTENER_OPTIONS.acceptProxy[role];
      return writtenOptions<ListenerOption<unknown>>(LISTENER_OPTIONS, settings, (option, key) =>
        acceptProxy === 'none' && OF_HEADERS.includes(key) ? null : option[role],
      );
    }),
  };
}

/** A hash of 12 hexadecimal digits. */
export function hashOf(written: Mapping): string {
  return createHash('sha256').update(JSON.stringify(written)).digest('hex').slice(0, 12);
}

function writtenOptions<Row extends { readonly type: ValueType<unknown> }>(
  rows: { readonly [key: string]: Row },
  settings: Settings,
  standard: (row: Row, key: string) => string | null,
): Mapping {
  const entries = Object.entries(rows).flatMap(([key, row]) => {
    const text = standard(row, key);
    const texts = settings.get(key)?.texts ?? (text === null ? undefined : [text]);
    if (texts === undefined || 'flagOnly' in row) return [];
    if (row.type.file.kind === 'destinations') return [[key, writtenDestinations(texts, settings)]];
    return [[key, fileValue(row.type, texts)]];
  });
  return Object.fromEntries(entries);
}

/** A value of the file as the texts of a flag; undefined if it is of the wrong kind. */
export function fileTexts(shape: FileShape, value: unknown): readonly string[] | undefined {
  if (value === false && takesNone(shape)) return ['none'];
  if (typeof value === 'string' && shape.kind !== 'flag') {
    return shape.kind === 'integer' && !(value === 'none' && shape.none) ? undefined : [value];
  }
  switch (shape.kind) {
    case 'flag':
      return typeof value === 'boolean' ? [String(value)] : undefined;
    case 'integer':
      return typeof value === 'number' ? [String(value)] : undefined;
    case 'text':
      return value === 0 && shape.zero ? ['0'] : undefined;
    case 'list':
      return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')
        ? value
        : undefined;
    case 'destinations':
      return destinationTexts(value)?.to;
    case 'choice':
      return numbersOf(shape.choices).some((number) => number === value) ? [String(value)] : undefined;
  }
}

/** The inverse of `fileTexts`, for valid texts. */
function fileValue({ arity, file }: ValueType<unknown>, texts: readonly string[]): unknown {
  const [text = ''] = texts;
  if (text === 'none') return text;
  switch (file.kind) {
    case 'flag':
      return text === 'true' || text === '1';
    case 'integer':
      return Number(text);
    case 'list':
    case 'destinations':
      return arity === 'list' ? listItems(texts) : texts;
    case 'choice':
    case 'text':
      return text;
  }
}

/** Choices that YAML reads as numbers, as in `family: 4`. */
export function numbersOf(choices: readonly string[]): number[] {
  return choices.map(Number).filter((number) => !Number.isNaN(number));
}

function takesNone(shape: FileShape): boolean {
  if (shape.kind === 'choice') return shape.choices.includes('none');
  return 'none' in shape;
}

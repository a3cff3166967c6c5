import { z } from 'zod';
import { optionsOf, type Scope } from './known-options.ts';
import { LISTENER_OPTIONS } from './listener-options.ts';
import type { FileShape } from './value-type.ts';

/**
 * The file as zod sees it: which keys there are and of what kind. Numbers and switches are native, all
 * else is text that is read as flags are. Made from the table of options; `json-schema.ts` prints it.
 */
export function createFileSchema() {
  return z.strictObject({
    $schema: z.string().meta({ description: 'Where editors find the JSON Schema of this file.' }).optional(),
    version: z.literal(1).meta({ description: 'The version of this format.' }),
    ...optionSchemas('process'),
    listeners: z
      .array(z.strictObject(optionSchemas('listener')))
      .min(1)
      .meta({ description: 'At least one listener.' }),
  });
}

function optionSchemas(scope: Scope): { [key: string]: z.ZodType } {
  return Object.fromEntries(
    optionsOf(scope).map(([key, { type, text }]) => {
      const schema = valueSchema(type.file).meta({ description: text });
      return [key, isRequired(key) ? schema : schema.optional()];
    }),
  );
}

/** A listener of a file has the defaults of an edge. */
function isRequired(key: string): boolean {
  const options: { [key: string]: { readonly edge: string | null; readonly unset?: unknown } } =
    LISTENER_OPTIONS;
  const option = options[key];
  return option !== undefined && option.edge === null && option.unset === undefined;
}

function valueSchema(shape: FileShape): z.ZodType {
  switch (shape.kind) {
    case 'flag':
      return z.boolean();
    case 'integer':
      return withNone(z.int().min(shape.min).max(shape.max), shape.none, z.literal('none'));
    case 'choice':
      return withNone(choiceSchema(shape.choices), shape.choices.includes('none'));
    case 'text': {
      const text = shape.pattern === undefined ? z.string() : z.string().regex(new RegExp(shape.pattern));
      return withNone(shape.zero ? z.union([text, z.literal(0)]) : text, shape.none);
    }
    case 'list':
      return withNone(z.union([z.string(), z.array(z.string()).min(1)]), shape.none);
  }
}

function choiceSchema(choices: readonly string[]): z.ZodType {
  const numbers = numbersOf(choices).map((number) => z.literal(number));
  return numbers.length === 0 ? z.enum(choices) : z.union([z.enum(choices), ...numbers]);
}

/** `false` is how tools of YAML 1.1 write `off`, and reads as `none`. */
function withNone(schema: z.ZodType, none: boolean | undefined, ...words: z.ZodType[]): z.ZodType {
  return none ? z.union([schema, ...words, z.literal(false)]) : schema;
}

/** A value of the file as text, as a flag would have it; undefined where it is of the wrong kind. */
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
    case 'choice':
      return numbersOf(shape.choices).some((number) => number === value) ? [String(value)] : undefined;
  }
}

/** `family: 4` is a number to YAML. */
function numbersOf(choices: readonly string[]): number[] {
  return choices.map(Number).filter((number) => !Number.isNaN(number));
}

function takesNone(shape: FileShape): boolean {
  if (shape.kind === 'choice') return shape.choices.includes('none');
  return 'none' in shape;
}

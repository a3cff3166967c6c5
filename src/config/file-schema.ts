import { z } from 'zod';
import { numbersOf } from './file-values.ts';
import { FORMER_NAMES } from './former-names.ts';
import { fileOptionsOf, type Scope } from './known-options.ts';
import { LISTENER_OPTIONS } from './listener-options.ts';
import type { FileShape } from './value-type.ts';
import { MOST_WEIGHT } from './values/weights.ts';

/**
 * The zod schema of the file: its keys and their kinds. Numbers and switches are native; all other values are texts,
 * parsed as flags are. Made from the tables of options.
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
    fileOptionsOf(scope).map(([key, { type, text }]) => {
      const schema = valueSchema(type.file).meta({ description: text });
      return [key, isRequired(key) ? schema : schema.optional()];
    }),
  );
}

/** Listeners of a file have the defaults of an edge. */
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
    case 'destinations':
      return z.union([z.string(), z.array(z.union([z.string(), destinationSchema()])).min(1)]);
    case 'list':
      return withNone(z.union([z.string(), z.array(z.string()).min(1)]), shape.none);
  }
}

function destinationSchema(): z.ZodType {
  return z.strictObject({
    endpoint: z
      .string()
      .regex(/^[^,]+$/)
      .meta({ description: 'One endpoint.' }),
    weight: z.int().min(0).max(MOST_WEIGHT).meta({ description: LISTENER_OPTIONS.weight.text }).optional(),
    backup: z.boolean().meta({ description: 'Used only while no other endpoint is usable.' }).optional(),
  });
}

function choiceSchema(choices: readonly string[]): z.ZodType {
  const numbers = numbersOf(choices).map((number) => z.literal(number));
  return numbers.length === 0 ? z.enum(choices) : z.union([z.enum(choices), ...numbers]);
}

/** `false` means `none`: tools of YAML 1.1 write `off` so. */
function withNone(schema: z.ZodType, none: boolean | undefined, ...words: z.ZodType[]): z.ZodType {
  return none ? z.union([schema, ...words, z.literal(false)]) : schema;
}

/** The JSON Schema (draft 2020-12) of the configuration file, for editors and checks of manifests. */
export function fileJsonSchema(): { readonly [keyword: string]: unknown } {
  const { $schema, ...schema } = z.toJSONSchema(createFileSchema(), { io: 'input', target: 'draft-2020-12' });
  const { listeners } = schema.properties as unknown as { listeners: { items: ListenerSchema } };
  addFormerNames(listeners.items);
  return { $schema, title: "Herald's configuration", ...schema };
}

interface ListenerSchema {
  readonly properties: { readonly [key: string]: { readonly description?: string } };
  patternProperties?: { readonly [pattern: string]: object };
}

/** Former names are patterns, not properties: they pass, but editors do not suggest them. */
function addFormerNames(listener: ListenerSchema): void {
  listener.patternProperties = Object.fromEntries(
    Object.entries(FORMER_NAMES).map(([former, present]) => {
      const { description: _, ...schema } = listener.properties[present]!;
      return [`^${former}$`, { ...schema, deprecated: true }];
    }),
  );
}

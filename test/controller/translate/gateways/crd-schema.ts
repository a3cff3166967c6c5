// What the structural schema of a CustomResourceDefinition demands of a value, as far as statuses need it: an API server
// refuses a status that breaks it. Rules in CEL are not evaluated.

interface Schema {
  readonly type?: string;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

/** The schema of `status` in a version of a definition. */
export function statusSchema(definition: unknown, version: string): Schema {
  const { spec } = definition as {
    spec: { versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
  };
  const found = spec.versions.find(({ name }) => name === version)?.schema.openAPIV3Schema.properties?.status;
  if (found === undefined) throw new Error(`the definition has no status in ${version}`);
  return found;
}

/** What is wrong with a value, each with its path; empty if nothing is. */
export function schemaProblems(schema: Schema, value: unknown, path = 'status'): string[] {
  switch (schema.type) {
    case 'object':
      return objectProblems(schema, value, path);
    case 'array':
      return arrayProblems(schema, value, path);
    case 'string':
      return textProblems(schema, value, path);
    case 'integer':
      return Number.isInteger(value) &&
        (value as number) >= (schema.minimum ?? -Infinity) &&
        (value as number) <= (schema.maximum ?? Infinity)
        ? []
        : [`${path}: ${value} is not an integer in range`];
    default:
      return [`${path}: no rule for the type ${schema.type}`];
  }
}

function objectProblems({ properties = {}, required = [] }: Schema, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: not an object`];
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => `${path}.${name}: missing`),
    ...Object.entries(value).flatMap(([name, each]) => {
      const schema = properties[name];
      const at = `${path}.${name}`;
      return schema === undefined ? [`${at}: not in the schema`] : schemaProblems(schema, each, at);
    }),
  ];
}

function arrayProblems(schema: Schema, value: unknown, path: string): string[] {
  if (!Array.isArray(value)) return [`${path}: not a list`];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const seen = value.map((each) =>
    JSON.stringify(keys.map((key) => (each as { [key: string]: unknown })[key])),
  );
  return [
    ...(value.length > (schema.maxItems ?? Infinity) ? [`${path}: too long`] : []),
    ...(value.length < (schema.minItems ?? 0) ? [`${path}: too short`] : []),
    ...(keys.length > 0 && new Set(seen).size < seen.length ? [`${path}: a key is there twice`] : []),
    ...value.flatMap((each, index) => schemaProblems(schema.items ?? {}, each, `${path}[${index}]`)),
  ];
}

function textProblems(schema: Schema, value: unknown, path: string): string[] {
  if (typeof value !== 'string') return [`${path}: not a text`];
  return [
    ...(schema.enum?.includes(value) === false ? [`${path}: ${value} is not one of its values`] : []),
    ...(schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)
      ? [`${path}: ${value} breaks its pattern`]
      : []),
    ...(value.length > (schema.maxLength ?? Infinity) ? [`${path}: too long`] : []),
    ...(value.length < (schema.minLength ?? 0) ? [`${path}: empty`] : []),
  ];
}

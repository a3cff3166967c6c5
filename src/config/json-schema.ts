import { z } from 'zod';
import { createFileSchema } from './file-schema.ts';

/** The JSON Schema (draft 2020-12) of the configuration file, for editors and checks of manifests. */
export function fileJsonSchema(): { readonly [keyword: string]: unknown } {
  const { $schema, ...schema } = z.toJSONSchema(createFileSchema(), { io: 'input', target: 'draft-2020-12' });
  return { $schema, title: "Herald's configuration", ...schema };
}

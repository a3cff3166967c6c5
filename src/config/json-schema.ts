import { z } from 'zod';
import { createFileSchema } from './file-schema.ts';
import { FORMER_NAMES } from './former-names.ts';

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

/** Former names pass, but as patterns: editors suggest properties only. */
function addFormerNames(listener: ListenerSchema): void {
  listener.patternProperties = Object.fromEntries(
    Object.entries(FORMER_NAMES).map(([former, present]) => {
      const { description: _, ...schema } = listener.properties[present]!;
      return [`^${former}$`, { ...schema, deprecated: true }];
    }),
  );
}

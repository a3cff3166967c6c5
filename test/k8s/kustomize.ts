import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { type Fields, isFields, strategicMerge, type Value } from './strategic-merge.ts';

/** An object of Kubernetes: what every one of them has, and the rest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Fields;
  readonly [field: string]: Value;
}

/** All of kustomize that k8s/ may use: what is not here is refused, so that this and kubectl can't part unseen. */
const KUSTOMIZATION = z.strictObject({
  apiVersion: z.enum(['kustomize.config.k8s.io/v1beta1', 'kustomize.config.k8s.io/v1alpha1']),
  kind: z.enum(['Kustomization', 'Component']),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  patches: z.array(z.strictObject({ path: z.string() })).default([]),
  labels: z
    .array(
      z.strictObject({
        pairs: z.record(z.string(), z.string()),
        includeSelectors: z.literal(false),
        includeTemplates: z.literal(true),
      }),
    )
    .default([]),
  images: z.array(z.strictObject({ name: z.string(), newTag: z.string() })).default([]),
  configMapGenerator: z
    .array(
      z.strictObject({
        name: z.string(),
        namespace: z.string(),
        files: z.array(z.string()),
        options: z.strictObject({
          disableNameSuffixHash: z.literal(true),
          labels: z.record(z.string(), z.string()),
        }),
      }),
    )
    .default([]),
});

/** What `kubectl kustomize FOLDER` says, as objects; the order of its documents is not kept. */
export function renderKustomization(folder: string, below: readonly Manifest[] = []): Manifest[] {
  const [kustomization] = readDocuments(join(folder, 'kustomization.yaml'));
  const parts = KUSTOMIZATION.parse(kustomization);
  let objects = [...below];
  for (const resource of parts.resources) {
    const path = join(folder, resource);
    objects.push(...(isFolder(path) ? renderKustomization(path) : readManifests(path)));
  }
  for (const map of parts.configMapGenerator) {
    const entries = map.files.map((file) => {
      const [key, path] = file.split('=') as [string, string];
      return [key, readFileSync(join(folder, path), 'utf8')] as const;
    });
    objects.push({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: map.name, namespace: map.namespace, labels: map.options.labels },
      data: Object.fromEntries(entries),
    });
  }
  for (const component of parts.components) objects = renderKustomization(join(folder, component), objects);
  for (const { path } of parts.patches) {
    for (const patch of readManifests(join(folder, path))) objects = patchOne(objects, patch);
  }
  for (const { pairs } of parts.labels) objects = objects.map((object) => withLabels(object, pairs));
  for (const image of parts.images) objects = objects.map((object) => withTag(object, image) as Manifest);
  refuseTwins(objects);
  return objects;
}

/** Namespace, kind and name: what tells objects apart. */
export function identityOf({ apiVersion, kind, metadata }: Manifest): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Documents of one YAML file; a mistake in its text is thrown. */
export function readManifests(path: string): Manifest[] {
  return readDocuments(path) as unknown as Manifest[];
}

function readDocuments(path: string): Fields[] {
  return parseManifests(readFileSync(path, 'utf8')) as unknown as Fields[];
}

/** The same, of a text. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if ('errors' in document && document.errors.length > 0) throw document.errors[0]!;
    return document.toJS();
  });
}

function isFolder(path: string): boolean {
  return existsSync(join(path, 'kustomization.yaml'));
}

function patchOne(objects: readonly Manifest[], patch: Manifest): Manifest[] {
  const wanted = identityOf(patch);
  if (!objects.some((object) => identityOf(object) === wanted))
    throw new Error(`nothing to patch: ${wanted}`);
  return objects.map((object) =>
    identityOf(object) === wanted
      ? (strategicMerge(object.kind, object, patch) as unknown as Manifest)
      : object,
  );
}

function withLabels(object: Manifest, pairs: Fields): Manifest {
  const labelled = strategicMerge(object.kind, object, { metadata: { labels: pairs } });
  const { spec } = object;
  const hasTemplate = isFields(spec) && isFields(spec.template);
  const template = { spec: { template: { metadata: { labels: pairs } } } };
  return (hasTemplate ? strategicMerge(object.kind, labelled, template) : labelled) as unknown as Manifest;
}

/** Wherever an image of this name stands. */
function withTag(value: Value, image: { readonly name: string; readonly newTag: string }): Value {
  if (Array.isArray(value)) return value.map((item) => withTag(item, image));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      key === 'image' && isNamed(field, image.name) ? `${image.name}:${image.newTag}` : withTag(field, image),
    ]),
  );
}

function isNamed(image: Value, name: string): boolean {
  return image === name || (typeof image === 'string' && image.startsWith(`${name}:`));
}

function refuseTwins(objects: readonly Manifest[]): void {
  const seen = new Set<string>();
  for (const object of objects) {
    if (seen.has(identityOf(object))) throw new Error(`twice: ${identityOf(object)}`);
    seen.add(identityOf(object));
  }
}

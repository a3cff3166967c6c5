import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identityOf, type Manifest, renderKustomization } from './kustomize.ts';
import { type Fields, isFields, type Value } from './strategic-merge.ts';

export const K8S = fileURLToPath(new URL('../../../k8s/', import.meta.url));

export interface Overlay {
  readonly name: string;
  readonly folder: string;
  readonly objects: readonly Manifest[];
}

/** Every way to run Herald that k8s/ has, rendered. */
export const OVERLAYS: readonly Overlay[] = readdirSync(join(K8S, 'overlays'))
  .sort()
  .map((name) => {
    const folder = join(K8S, 'overlays', name);
    const objects = renderKustomization(folder);
    return { name, folder, objects: objects.sort((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1)) };
  });

/** A container, with what of it the tests look at. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: Value }[];
  readonly ports?: readonly {
    readonly name: string;
    readonly containerPort: number;
    readonly hostPort?: number;
  }[];
  readonly restartPolicy?: string;
  readonly [field: string]: unknown;
}

/** The pods of a Deployment, a DaemonSet or a Job. */
export interface Workload {
  readonly overlay: string;
  readonly object: Manifest;
  readonly namespace: string;
  readonly labels: Fields;
  readonly pod: Fields;
  /** Those of the start first. */
  readonly containers: readonly Container[];
}

export function workloadsOf({ name, objects }: Overlay): Workload[] {
  return objects.flatMap((object) => {
    const { spec, metadata } = object;
    if (!isFields(spec) || !isFields(spec.template) || !isFields(spec.template.spec)) return [];
    const pod = spec.template.spec;
    const containers = [pod.initContainers ?? [], pod.containers!].flat() as unknown as Container[];
    const { labels } = spec.template.metadata as { labels: Fields };
    return [{ overlay: name, object, namespace: metadata.namespace ?? '', labels, pod, containers }];
  });
}

export const WORKLOADS: readonly Workload[] = OVERLAYS.flatMap(workloadsOf);

/** The text of a flag that a container is started with, `--metrics=:9464`; undefined where it is not. */
export function argumentOf({ args }: Container, flag: string): string | undefined {
  return args.find((argument) => argument.startsWith(`${flag}=`))?.slice(flag.length + 1);
}

/** A container's `edge`, `sidecar`, `echo`, … */
export function commandOf({ args }: Container): string {
  return args[0] ?? '';
}

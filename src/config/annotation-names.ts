import { flagOf } from './option.ts';

/**
 * Annotations that options are read from, without their prefix: names of flags of `herald edge`. `client`: they say how the
 * endpoints of a Service or of a route are served; `listener`: how a Service of the class or a Gateway takes its clients.
 */
export const ANNOTATION_SCOPES = {
  client: ['present', 'crc32c', 'balance', 'idle-timeout', 'max-sessions', 'probe'],
  listener: ['accept-proxy', 'trust', 'headerless'],
} as const;

export type AnnotationName = (typeof ANNOTATION_SCOPES)[keyof typeof ANNOTATION_SCOPES][number];

/** All of them, in the order of the manual. */
export const ANNOTATIONS: readonly AnnotationName[] = [
  ...ANNOTATION_SCOPES.client,
  ...ANNOTATION_SCOPES.listener,
];

/** Those that count unless `--allow-annotations` says otherwise: who may speak for a client is the operator's decision. */
export const USUAL_ANNOTATIONS: readonly AnnotationName[] = ANNOTATIONS.filter((name) => name !== 'trust');

/** `idleTimeout` → `idle-timeout`: the name of the annotation for an option, without the prefix. */
export function annotationOf(key: string): string {
  return flagOf(key).slice('--'.length);
}

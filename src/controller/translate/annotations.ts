import { ANNOTATION_SCOPES, ANNOTATIONS } from '../../config/annotation-names.ts';
import type { GatewayOptions } from '../../config/gateway-options.ts';
import { type SettingTexts, usableSettings } from '../../config/listener-from-texts.ts';
import { nearestWord } from '../../config/nearest-word.ts';
import { escapeInvisible } from '../../config/show-value.ts';
import { compareText } from './claim.ts';

/** `client`: how endpoints are served, on a Service or a route. `listener`: how clients are taken, on a Service of the class or a Gateway. */
export type AnnotationScope = keyof typeof ANNOTATION_SCOPES;

/** What is wrong with an annotation, for an Event. */
export interface AnnotationRemark {
  readonly reason: 'AnnotationInvalid' | 'AnnotationNotAllowed';
  readonly message: string;
}

export interface ReadAnnotations {
  /** Options as texts by key (`idleTimeout`), with those beneath; what is wrong or not allowed is left out. */
  readonly settings: SettingTexts;
  /** Keys of the options that annotations of this object decide. */
  readonly own: ReadonlySet<string>;
  /** At most 16. */
  readonly remarks: readonly AnnotationRemark[];
}

/** The object that annotations are on. */
interface AnnotatedObject {
  readonly namespace: string;
  readonly annotations: { readonly [name: string]: string };
}

/** Whoever writes the object chooses how many mistakes it has. */
const MAX_REMARKS = 16;
const MAX_NAME = 80;

/**
 * Annotations of an object → options of a listener, parsed as flags of `herald edge`. A mistake is left out and said with
 * the line that the command line prints for it; the rest counts. `beneath`: what the options are without annotations, or
 * those of an object that this one takes precedence over.
 */
export function readAnnotations(
  object: AnnotatedObject,
  scopes: readonly AnnotationScope[],
  { prefix, allowAnnotations, hopListen }: Pick<GatewayOptions, 'prefix' | 'allowAnnotations' | 'hopListen'>,
  beneath: SettingTexts,
): ReadAnnotations {
  const { namespace, annotations } = object;
  const names = Object.keys(annotations).filter((name) => name.startsWith(prefix));
  if (names.length === 0) return { settings: beneath, own: NO_KEYS, remarks: [] };
  const here = new Set<string>(scopes.flatMap((scope) => ANNOTATION_SCOPES[scope]));
  const remarks: AnnotationRemark[] = [];
  const written: { [key: string]: string } = {};
  // Without a trust list that counts nobody may say who the client is, so that no header is accepted.
  const isTrustForbidden = names.includes(`${prefix}trust`) && !allowAnnotations.includes('trust');
  for (const full of names.sort(compareText)) {
    const name = full.slice(prefix.length);
    const value = annotations[full]!;
    if (!here.has(name)) remarks.push(strayRemark(name, prefix, here));
    else if (!allowAnnotations.includes(name)) remarks.push(forbiddenRemark(name, prefix, names));
    else if (isTrustForbidden && NEEDS_TRUST.some((each) => each === name)) continue;
    else if (NOT_OFFERED[name]?.value === value) remarks.push(notOfferedRemark(name, NOT_OFFERED[name]));
    else if (name === 'present' && value === 'transparent' && hopListen === null)
      remarks.push(noHopRemark(prefix));
    else written[optionOf(name)] = withNamespace(value, namespace);
  }
  const { settings, lines } = usableSettings(written, beneath);
  for (const message of lines) remarks.push({ reason: 'AnnotationInvalid', message });
  const own = new Set(Object.keys(written).filter((key) => settings[key] === written[key]));
  return { settings, own, remarks: remarks.slice(0, MAX_REMARKS) };
}

const NO_KEYS: ReadonlySet<string> = new Set();

interface NotOffered {
  readonly value: string;
  readonly expected: string;
}

/** A value of the flag that the annotation does not have. */
const NOT_OFFERED: { readonly [name: string]: NotOffered | undefined } = {
  present: { value: 'forwarded', expected: 'none, v1, v2, transparent' },
  // Whoever may send headers would choose the endpoint.
  balance: { value: 'named', expected: 'round-robin, least-sessions, random-two, client-hash' },
};

function notOfferedRemark(name: string, { value, expected }: NotOffered): AnnotationRemark {
  const message = `--${name}: ${value} is not offered for objects of the cluster: expected one of ${expected}`;
  return { reason: 'AnnotationInvalid', message };
}

function noHopRemark(prefix: string): AnnotationRemark {
  const message = `${prefix}present: transparent does not count, since this gateway has no --hop-listen: its operator has to give --hop-listen, such as :9467, and --node-echo`;
  return { reason: 'AnnotationNotAllowed', message };
}

/** An annotation with the prefix that means nothing here. */
function strayRemark(name: string, prefix: string, here: ReadonlySet<string>): AnnotationRemark {
  const shown = prefix + escapeInvisible(name.slice(0, MAX_NAME));
  const isOther = ANNOTATIONS.some((each) => each === name);
  const near = nearestWord(name.slice(0, MAX_NAME), here);
  const hint = near === undefined ? '' : `; did you mean ${prefix}${near}?`;
  const message = isOther
    ? `${shown} has no effect here: it belongs on ${here.has('trust') ? 'a route, or the Service behind it' : 'a Service of the class, or on the Gateway'}`
    : `${shown}: there is no such annotation${hint}`;
  return { reason: 'AnnotationInvalid', message };
}

const NEEDS_TRUST = ['accept-proxy', 'headerless'] as const;

function forbiddenRemark(name: string, prefix: string, names: readonly string[]): AnnotationRemark {
  const others = name === 'trust' ? NEEDS_TRUST.filter((each) => names.includes(prefix + each)) : [];
  const consequence =
    others.length === 0
      ? ''
      : `, so that ${others.map((each) => prefix + each).join(' and ')} cannot count either: no header is accepted, and each peer is its own client`;
  const message = `${prefix}${name} does not count, since --allow-annotations does not name ${name}${consequence}`;
  return { reason: 'AnnotationNotAllowed', message };
}

/** `idle-timeout` → `idleTimeout`. */
function optionOf(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A Service without a namespace is one of the object's own; as a flag it would be one of Herald's. */
function withNamespace(text: string, namespace: string): string {
  return text.replace(/(^|,\s*)k8s:([^/,:]+)(?=$|[,:])/g, `$1k8s:${namespace}/$2`);
}

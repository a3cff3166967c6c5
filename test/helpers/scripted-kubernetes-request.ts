import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { ApiObject } from './kubernetes-objects.ts';
import type { ApiKind, ServedKinds } from './scripted-kubernetes-kinds.ts';

// What a request asks of the scripted API, and which objects it is about.

/** As the rules of a Role name them. */
export type ApiVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** One request, as the API received it. */
export interface ApiRequest {
  readonly verb: ApiVerb;
  /** Empty if nothing of the kind is served. */
  readonly kind: ApiObject['kind'];
  readonly type: ApiKind | null;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Empty for the whole cluster, and for objects of the cluster. */
  readonly namespace: string;
  /** Empty for a collection. A list or watch that is limited to one name by a field selector has that name. */
  readonly name: string;
  readonly subresource: string;
  readonly token: string | null;
  readonly encoding: string;
  readonly contentType: string;
}

const VERBS: { readonly [method: string]: ApiVerb } = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const NO_PLACE = { group: '', version: '', namespace: '', resource: '', named: '', subresource: '' };

/** `/api/v1/…`, `/apis/GROUP/VERSION/…`; a server may have a path before them. */
function readPath(path: string): typeof NO_PLACE {
  const [, core, group = '', version = '', rest = ''] =
    /\/(?:(api)|apis\/([^/]+))\/(v\d\w*)\/(.+)$/.exec(path) ?? [];
  if (rest === '') return NO_PLACE;
  const words = rest.split('/').map(decodeURIComponent);
  const isWithin = words[0] === 'namespaces' && words.length > 2 && words[2] !== 'status';
  const [resource = '', named = '', subresource = ''] = isWithin ? words.slice(2) : words;
  const place = { resource, named, subresource, version, namespace: isWithin ? words[1]! : '' };
  return { ...place, group: core === undefined ? group : '' };
}

/** An HTTP request → what it asks of the API. */
export function readRequest(
  { url = '', method = 'GET', headers }: IncomingMessage | Http2ServerRequest,
  served: ServedKinds,
): ApiRequest {
  const { pathname, searchParams } = new URL(url, 'http://api');
  const { group, version, namespace, resource, named, subresource } = readPath(pathname);
  const type = served.find(group, version, resource);
  const field = /metadata\.name=([^,]+)/.exec(searchParams.get('fieldSelector') ?? '')?.[1];
  const isWatch = ['1', 'true'].includes(searchParams.get('watch') ?? '');
  const reading = named !== '' ? 'get' : isWatch ? 'watch' : 'list';
  return {
    verb: VERBS[method] ?? reading,
    kind: type?.kind ?? '',
    type,
    path: pathname,
    query: searchParams,
    ...{ group, version, resource, namespace, subresource },
    name: named !== '' ? named : (field ?? ''),
    token: headers.authorization?.replace(/^Bearer /, '') ?? null,
    encoding: `${headers['accept-encoding'] ?? ''}`,
    contentType: `${headers['content-type'] ?? ''}`.replace(/;.*/, ''),
  };
}

/** Identifies an object in the store. */
export function keyOf({ kind, metadata }: Pick<ApiObject, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Whether an object matches the namespace and the selectors of a list or watch. */
export function matcherOf({ kind, namespace, name, query }: ApiRequest): (object: ApiObject) => boolean {
  const matches = labelMatcher(query.get('labelSelector') ?? '');
  return ({ kind: of, metadata }) =>
    of === kind &&
    (namespace === '' || metadata.namespace === namespace) &&
    (name === '' || metadata.name === name) &&
    matches(metadata.labels ?? {});
}

type Labels = { readonly [name: string]: string };

/** `a=b,c!=d,e in (f,g),h notin (i),j,!k`: all of them. */
function labelMatcher(selector: string): (labels: Labels) => boolean {
  const terms = selector === '' ? [] : selector.split(/,(?![^(]*\))/).map(termMatcher);
  return (labels) => terms.every((matches) => matches(labels));
}

function termMatcher(term: string): (labels: Labels) => boolean {
  const [, listed, not, list] = /^\s*(\S+) (not)?in \(([^)]*)\)\s*$/.exec(term) ?? [];
  if (listed !== undefined) {
    const values = list!.split(',').map((value) => value.trim());
    return (labels) => values.includes(labels[listed] ?? '\0') === (not === undefined);
  }
  const [, key, sign, value] = /^\s*([^!=\s]+)\s*(==?|!=)\s*(.*?)\s*$/.exec(term) ?? [];
  if (key !== undefined) return (labels) => (labels[key] === value) === (sign !== '!=');
  const name = term.trim().replace(/^!/, '');
  return (labels) => Object.hasOwn(labels, name) !== term.trim().startsWith('!');
}

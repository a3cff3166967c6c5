import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { ApiObject } from './kubernetes-objects.ts';

// What a request asks of the scripted API, and which objects it is about.

/** One request, as the API received it. */
export interface ApiRequest {
  readonly verb: 'list' | 'watch';
  readonly kind: ApiObject['kind'];
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | null;
  readonly encoding: string;
}

const KINDS: { readonly [resource: string]: string } = {
  endpointslices: 'EndpointSlice',
  services: 'Service',
};

/** Identifies an object in the store. */
export function keyOf({ kind, metadata }: ApiObject): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

/** An HTTP request → what it asks of the API. */
export function readRequest({ url = '', headers }: IncomingMessage | Http2ServerRequest): ApiRequest {
  const { pathname, searchParams } = new URL(url, 'http://api');
  return {
    verb: searchParams.get('watch') === '1' ? 'watch' : 'list',
    kind: KINDS[pathname.slice(pathname.lastIndexOf('/') + 1)] ?? '',
    path: pathname,
    query: searchParams,
    token: headers.authorization?.replace(/^Bearer /, '') ?? null,
    encoding: `${headers['accept-encoding'] ?? ''}`,
  };
}

/** Whether an object matches the namespace and the selector of a request, as far as Herald uses them. */
export function matcherOf({ kind, path, query }: ApiRequest): (object: ApiObject) => boolean {
  const selector = query.get('labelSelector') ?? '';
  const [label = '', values = ''] = selector.split(/=| in /);
  const wanted = values.replace(/[()]/g, '').split(',');
  const field = query.get('fieldSelector')?.replace('metadata.name=', '');
  const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
  return ({ kind: of, metadata }) =>
    of === kind &&
    metadata.namespace === namespace &&
    (field === undefined || metadata.name === field) &&
    (selector === '' || wanted.includes(metadata.labels?.[label] ?? ''));
}

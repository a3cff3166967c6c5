import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ApiObject } from './kubernetes-objects.ts';
import {
  apply,
  type Fields,
  isFields,
  mergePatch,
  type Owners,
  ownersAfter,
} from './scripted-kubernetes-fields.ts';
import { type ApiRequest, keyOf } from './scripted-kubernetes-request.ts';
import { problemsOf } from './scripted-kubernetes-schema.ts';
import type { ObjectStore } from './scripted-kubernetes-store.ts';
import { statusOf } from './scripted-kubernetes-wire.ts';

// Writes as an API server takes them: https://kubernetes.io/docs/reference/using-api/api-concepts/

export interface WriteAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface WriteRules {
  /** A server that does not know `ipMode` leaves it out of what it stores. */
  readonly dropsIpMode: boolean;
  /** Takes what breaks the schema. */
  readonly isLenient: boolean;
}

const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';

export function answerWrite(
  request: ApiRequest,
  text: string,
  store: ObjectStore,
  rules: WriteRules,
): WriteAnswer {
  let body: unknown;
  try {
    body = JSON.parse(text === '' ? '{}' : text);
  } catch {
    return refusal(400, 'BadRequest', 'the body is not JSON');
  }
  if (!isFields(body)) return refusal(400, 'BadRequest', 'the body is no object');
  if (request.verb === 'delete') return remove(request, body, store);
  if (request.verb === 'create') return create(request, body, store, rules);
  return change(request, body, store, rules);
}

function remove(request: ApiRequest, body: Fields, store: ObjectStore): WriteAnswer {
  const key = keyOfRequest(request);
  const current = store.get(key);
  if (current === undefined) return notFound(request);
  const { uid } = isFields(body.preconditions) ? body.preconditions : {};
  if (uid !== undefined && uid !== current.metadata.uid) return refusal(409, 'Conflict', 'the UID differs');
  return { status: 200, body: store.remove(key) };
}

function create(request: ApiRequest, body: Fields, store: ObjectStore, rules: WriteRules): WriteAnswer {
  const { kind, type, group, version, namespace } = request;
  const metadata = isFields(body.metadata) ? body.metadata : {};
  const prefix = metadata.generateName;
  const name =
    metadata.name ?? (typeof prefix === 'string' ? prefix + randomBytes(3).toString('hex') : undefined);
  if (typeof name !== 'string') return refusal(422, 'Invalid', 'metadata.name: Required value');
  if ((metadata.namespace ?? namespace) !== namespace) {
    return refusal(
      400,
      'BadRequest',
      'the namespace of the object does not match the namespace of the request',
    );
  }
  const { status: _, ...rest } = body;
  const { resourceVersion: __, uid: ___, ...given } = metadata;
  const object = {
    ...(type!.hasStatus ? rest : body),
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: { ...given, name, ...(namespace === '' ? {} : { namespace }) },
  } as ApiObject;
  if (store.get(keyOf(object)) !== undefined) return refusal(409, 'AlreadyExists', `${name} already exists`);
  const owners = ownersAfter(new Map(), {}, fieldsOf(object, ''), managerOf(request), type!.mapLists);
  return store201(object, owners, 201, store, rules);
}

/** PUT and PATCH of an object, or of its status. */
function change(request: ApiRequest, body: Fields, store: ObjectStore, rules: WriteRules): WriteAnswer {
  const { verb, type, subresource, contentType } = request;
  const lists = type!.mapLists;
  if (subresource !== '' && !(subresource === 'status' && type!.hasStatus)) return notFound(request);
  const key = keyOfRequest(request);
  const current = store.get(key);
  if (current === undefined && (contentType !== APPLY || subresource !== '')) return notFound(request);
  const given = isFields(body.metadata) ? body.metadata.resourceVersion : undefined;
  const uid = isFields(body.metadata) ? body.metadata.uid : undefined;
  if (verb === 'update' && given === undefined && type!.kind === 'Lease') {
    return refusal(422, 'Invalid', 'metadata.resourceVersion: must be specified for an update');
  }
  if (given !== undefined && given !== current?.metadata.resourceVersion) {
    return refusal(409, 'Conflict', 'the object has been modified; apply your changes to the latest version');
  }
  if (uid !== undefined && uid !== current?.metadata.uid) return refusal(409, 'Conflict', 'the UID differs');
  const manager = managerOf(request);
  const before = current === undefined ? {} : fieldsOf(current, subresource);
  let after: Fields;
  let owners: Owners;
  if (verb === 'patch' && contentType === APPLY) {
    if (!request.query.has('fieldManager')) return refusal(422, 'Invalid', 'fieldManager: Required value');
    if (body.apiVersion === undefined || body.kind === undefined) {
      return refusal(400, 'BadRequest', 'apiVersion and kind are required');
    }
    const isForced = request.query.get('force') === 'true';
    const wish = fieldsOf(body as ApiObject, subresource);
    const applied = apply(before, store.owners(key), wish, { manager, isForced, lists });
    if ('conflicts' in applied) {
      const causes = applied.conflicts.map((name) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with "${name}"`,
      }));
      return refusal(409, 'Conflict', 'Apply failed with conflicts', { causes });
    }
    after = applied.fields;
    owners = applied.owners;
  } else {
    if (verb === 'patch' && contentType !== MERGE) return refusal(415, 'UnsupportedMediaType', contentType);
    const next = verb === 'patch' ? (mergePatch(current, body) as ApiObject) : (body as ApiObject);
    after = fieldsOf(next, subresource);
    owners = ownersAfter(store.owners(key), before, after, manager, lists);
  }
  const object = withFields(request, current, after);
  return store201(object, owners, current === undefined ? 201 : 200, store, rules);
}

function store201(
  object: ApiObject,
  owners: Owners,
  status: number,
  store: ObjectStore,
  rules: WriteRules,
): WriteAnswer {
  const problems = rules.isLenient ? [] : problemsOf(object);
  if (problems.length > 0) return refusal(422, 'Invalid', problems.join('; '));
  const kept = object.kind === 'Service' ? withIpMode(object, rules) : object;
  const current = store.get(keyOf(object));
  // As a real server: what changes nothing gets no version and no event.
  if (current !== undefined && isDeepStrictEqual(kept, current)) return { status: 200, body: current };
  return { status, body: store.put(kept, owners) };
}

/** From 1.30 an address without `ipMode` is given `VIP`; before, the field is unknown. */
function withIpMode(object: ApiObject, { dropsIpMode }: WriteRules): ApiObject {
  const { loadBalancer, ...status } = (object.status ?? {}) as {
    loadBalancer?: { ingress?: readonly Fields[] };
  };
  if (loadBalancer?.ingress === undefined) return object;
  const ingress = loadBalancer.ingress.map(({ ipMode, ports, ...address }) => ({
    ...address,
    // An empty list is not stored.
    ...(Array.isArray(ports) && ports.length > 0 ? { ports } : {}),
    ...(dropsIpMode || address.ip === undefined ? {} : { ipMode: ipMode ?? 'VIP' }),
  }));
  return { ...object, status: { ...status, loadBalancer: { ...loadBalancer, ingress } } };
}

/** The part of an object that a request to this subresource may change. */
function fieldsOf(object: ApiObject, subresource: string): Fields {
  const { apiVersion: _, kind: __, metadata, status, ...rest } = object;
  if (subresource === 'status') return status === undefined ? {} : { status };
  const { labels, annotations, ownerReferences } = (metadata ?? {}) as Fields;
  const kept = Object.entries({ labels, annotations, ownerReferences }).filter(
    ([, value]) => value !== undefined,
  );
  return kept.length === 0 ? rest : { ...rest, metadata: Object.fromEntries(kept) };
}

function withFields(request: ApiRequest, current: ApiObject | undefined, after: Fields): ApiObject {
  const { kind, group, version, namespace, name, subresource } = request;
  if (subresource === 'status') {
    const { status: _, ...rest } = current!;
    return { ...rest, ...after } as ApiObject;
  }
  const { metadata: given, ...rest } = after;
  const {
    labels: _,
    annotations: __,
    ...identity
  } = current?.metadata ?? {
    name,
    ...(namespace === '' ? {} : { namespace }),
  };
  const { ownerReferences: ___, ...own } = identity as Fields;
  return {
    apiVersion: current?.apiVersion ?? (group === '' ? version : `${group}/${version}`),
    kind,
    metadata: { ...own, ...(given as Fields | undefined) },
    ...rest,
    ...(current?.status === undefined ? {} : { status: current.status }),
  } as ApiObject;
}

function managerOf({ query }: ApiRequest): string {
  return query.get('fieldManager') ?? 'unknown';
}

export function keyOfRequest({ kind, namespace, name }: ApiRequest): string {
  return `${kind}/${namespace}/${name}`;
}

export function notFound({ resource, name }: ApiRequest): WriteAnswer {
  return refusal(404, 'NotFound', `${resource} "${name}" not found`);
}

function refusal(status: number, reason: string, message: string, details: object = {}): WriteAnswer {
  return { status, body: { ...statusOf(status, reason, details), message } };
}

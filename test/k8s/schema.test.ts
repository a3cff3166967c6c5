import test from 'ava';
import { z } from 'zod';
import { identityOf, type Manifest } from './kustomize.ts';
import { OVERLAYS } from './overlays.ts';
import { SCHEMAS } from './schema.ts';
import { type Fields, isFields, type Value } from './strategic-merge.ts';

/** What is wrong with an object: nothing, or a text. */
function problemsOf(object: Manifest): string | undefined {
  const schema = SCHEMAS[`${object.apiVersion} ${object.kind}`];
  if (schema === undefined) return 'no schema for this kind';
  const { error } = schema.safeParse(object);
  return error && z.prettifyError(error);
}

for (const { name, objects } of OVERLAYS) {
  test(`every object of ${name} has the fields of its kind, and no other`, (t) => {
    for (const object of objects) t.is(problemsOf(object), undefined, identityOf(object));
  });
}

test('every schema is used', (t) => {
  const kinds = new Set(
    OVERLAYS.flatMap(({ objects }) => objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)),
  );
  t.deepEqual(
    Object.keys(SCHEMAS).filter((kind) => !kinds.has(kind)),
    [],
  );
});

const edge = OVERLAYS.find(({ name }) => name === 'daemonset-hostport')!.objects.find(
  ({ kind }) => kind === 'DaemonSet',
)!;

/** The object with one field set, by its path. */
function withField(object: Fields, [key, ...rest]: readonly (string | number)[], value: Value): Fields {
  const old = object[key!];
  const set = (inner: Value | undefined): Value => {
    if (rest.length === 0) return value;
    if (Array.isArray(inner))
      return inner.map((item, at) => (at === rest[0] ? withField(item, rest.slice(1), value) : item));
    return withField(isFields(inner) ? inner : {}, rest, value);
  };
  return { ...object, [key!]: set(old) };
}

const POD = ['spec', 'template', 'spec'];
const CONTAINER = [...POD, 'containers', 0];

// Each slip once: a schema that finds nothing anywhere would be green as well.
for (const [slip, path, value] of [
  ['an unknown field of the pod', [...POD, 'terminationGracePeriod'], 60],
  ['a grace that is a text', [...POD, 'terminationGracePeriodSeconds'], '60'],
  ['an unknown field of a container', [...CONTAINER, 'arg'], ['edge']],
  ['a restart policy of a container that is no init container', [...CONTAINER, 'restartPolicy'], 'Always'],
  ['D9: a host in a probe', [...CONTAINER, 'readinessProbe', 'httpGet', 'host'], '127.0.0.1'],
  [
    'D5: a root file system that can be written',
    [...CONTAINER, 'securityContext', 'readOnlyRootFilesystem'],
    false,
  ],
  [
    'D5: a container that may gain privileges',
    [...CONTAINER, 'securityContext', 'allowPrivilegeEscalation'],
    true,
  ],
  ['D5: capabilities that are not dropped', [...CONTAINER, 'securityContext', 'capabilities', 'drop'], []],
  ['a label that is no text', ['metadata', 'labels', 'a'], true],
  ['a name in capitals', ['metadata', 'name'], 'Herald'],
  ['an object without a namespace', ['metadata', 'namespace'], null],
] as const) {
  test(`the schema finds ${slip}`, (t) => {
    t.is(problemsOf(edge), undefined);
    t.truthy(problemsOf(withField(edge, path, value) as unknown as Manifest));
  });
}

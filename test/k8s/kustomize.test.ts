import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { testWith } from '../helpers/peer-installed.ts';
import { KUSTOMIZE, kubectlKustomize } from './kubectl.ts';
import { identityOf, type Manifest, parseManifests } from './kustomize.ts';
import { K8S, OVERLAYS } from './overlays.ts';

function byIdentity(objects: readonly Manifest[]): { readonly [identity: string]: Manifest } {
  return Object.fromEntries(objects.map((object) => [identityOf(object), object]));
}

const RENDERED = join(K8S, 'rendered');
const NOTE = '# Made by `kubectl kustomize`: change the overlay, not this file.\n';

test('there are overlays to be held to their rules', (t) => {
  t.true(OVERLAYS.length >= 12);
  for (const { name, objects } of OVERLAYS) t.true(objects.length > 0, name);
});

for (const { name, folder, objects } of OVERLAYS) {
  const file = join(RENDERED, `${name}.yaml`);
  testWith([], [KUSTOMIZE])(`kubectl kustomize renders ${name}, as these tests do`, async (t) => {
    const text = kubectlKustomize(folder);
    t.deepEqual(byIdentity(parseManifests(text)), byIdentity(objects));
    if (process.env.HERALD_UPDATE_RENDERED === '1') writeFileSync(file, NOTE + text);
  });

  test(`k8s/rendered/${name}.yaml is what its overlay says`, (t) => {
    const isBeingMade = process.env.HERALD_UPDATE_RENDERED === '1';
    t.true(
      isBeingMade || existsSync(file),
      'make it: HERALD_UPDATE_RENDERED=1 npx ava test/k8s/kustomize.test.ts',
    );
    if (isBeingMade) return;
    t.deepEqual(byIdentity(parseManifests(readFileSync(file, 'utf8'))), byIdentity(objects));
  });
}

test('nothing is rendered of an overlay that is no longer there', (t) => {
  const names = OVERLAYS.map(({ name }) => `${name}.yaml`);
  t.deepEqual(
    readdirSync(RENDERED).filter((file) => !names.includes(file)),
    [],
  );
});

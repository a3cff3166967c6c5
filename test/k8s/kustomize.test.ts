import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { installed, type Need, testWith } from '../helpers/peer-installed.ts';
import { identityOf, type Manifest, parseManifests } from './kustomize.ts';
import { K8S, OVERLAYS } from './overlays.ts';

const KUBECTL = installed('kubectl');

/** Components came with kustomize 3.7: what Debian 12 has as kubernetes-client is older than that. */
const KUSTOMIZE: Need = {
  missing: KUBECTL.missing ?? (isRecent() ? null : 'this kubectl has an older kustomize than version 5'),
};

function isRecent(): boolean {
  const said = execFileSync(KUBECTL.command, ['version', '--client'], { encoding: 'utf8' });
  return Number(/^Kustomize Version: v(\d+)/m.exec(said)?.[1]) >= 5;
}

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
  // It may be missing even where peers are required: Debian has none that is recent enough.
  testWith([], [KUSTOMIZE])(`kubectl kustomize renders ${name}, as these tests do`, async (t) => {
    const text = execFileSync(KUBECTL.command, ['kustomize', folder], { encoding: 'utf8' });
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

import test from 'ava';
import { service } from '../helpers/kubernetes-objects.ts';
import { OWN, startClusterWatch } from './cluster-watch-parts.ts';

const CHANGED_MS = 50;

const leaseObject = (name: string, renewTime: string, report: object = {}) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: {
    ...{ name, namespace: OWN, labels: { app: 'gateway' } },
    annotations: { 'herald/instance': JSON.stringify({ node: 'n1', addresses: ['10.0.0.9'], ...report }) },
  },
  spec: { holderIdentity: name, leaseDurationSeconds: 15, renewTime },
});

test('G5b: a Lease that is only renewed changes nothing, and one that expires is not fresh', async (t) => {
  const started = await startClusterWatch(t, (api) => {
    api.put(leaseObject('herald-a', '1'));
    api.put({ ...leaseObject('leader', '1'), metadata: { name: 'leader', namespace: OWN } });
  });
  const { api, watch, synced, until, working, clock } = started;
  await synced();
  await working();
  clock.advance(CHANGED_MS);
  const first = watch.objects.instances.get('herald-a');
  t.like(first, { node: 'n1', addresses: ['10.0.0.9'], isFresh: true });
  t.is(watch.objects.instances.size, 1, 'the label chooses');
  const before = started.changes;
  clock.advance(10_000);
  api.put(leaseObject('herald-a', '2'));
  api.put(service());
  await until(() => watch.objects.services.size === 1);
  await until(() => watch.counts.lease === 1);
  clock.advance(8000);
  t.is(watch.objects.instances.get('herald-a'), first, 'it was renewed 8 s ago');
  t.is(started.changes, before + 1, 'for the Service');
  api.put(leaseObject('herald-b', '1'));
  await until(() => watch.objects.instances.has('herald-b'));
  clock.advance(7000);
  t.like(watch.objects.instances.get('herald-a'), { isFresh: false });
  t.is(started.changes, before + 3, 'for another instance, and for this one');
  api.remove('Lease', 'herald-a', OWN);
  await until(() => !watch.objects.instances.has('herald-a'));
});

test('G5b: a bookmark of the Leases says that no renewal was missed', async (t) => {
  const { api, watch, synced, working, until, clock } = await startClusterWatch(t, (api) => {
    api.put(leaseObject('herald-a', '1'));
  });
  await synced();
  await working();
  const place = { namespace: 'shop', service: 'web' };
  const following = watch.cluster.follow(place, { changed() {}, failed() {} });
  clock.advance(7000);
  api.bookmark();
  await until(() => following.lastEventAt === clock.date() / 1000);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  clock.advance(7000);
  t.like(watch.objects.instances.get('herald-a'), { isFresh: false });
});

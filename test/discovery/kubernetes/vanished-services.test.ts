import test from 'ava';
import type { Following, KubernetesCluster } from '../../../src/discovery/kubernetes/cluster.ts';
import type { FollowListener } from '../../../src/discovery/kubernetes/namespace-watches.ts';
import type { Service } from '../../../src/discovery/kubernetes/service.ts';
import type { Slice } from '../../../src/discovery/kubernetes/slice.ts';
import { createVanishedServices } from '../../../src/discovery/kubernetes/vanished-services.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';

const SERVICE = { isExternalName: false } as Service;
const [OLD, NEW] = [{ name: 'web-old' } as Slice, { name: 'web-new' } as Slice];

/** One Service, which a follower watches: what it sees now, and how often it was told. */
function rig(service: Service | null = SERVICE) {
  const now: { service: Service | null; slices: Slice[]; isStopped: boolean } = {
    ...{ service, slices: [OLD], isStopped: false },
  };
  let inner: FollowListener | null = null;
  const clock = turnedClock();
  const api: KubernetesCluster = {
    follow(_, listener): Following {
      inner = listener;
      return {
        get slices() {
          return now.slices;
        },
        get service() {
          return { is: 'known' as const, value: now.service };
        },
        lastEventAt: 7,
        async stop() {
          now.isStopped = true;
        },
      };
    },
    stop() {},
  };
  const { cluster, seen } = createVanishedServices(api, clock);
  let told = 0;
  const failures: string[] = [];
  const following = cluster.follow(
    { namespace: 'shop', service: 'web' },
    { changed: () => void told++, failed: (code) => void failures.push(code) },
  );
  return {
    ...{ following, seen, failures, now, clock },
    told: () => told,
    change(next: Partial<typeof now>) {
      Object.assign(now, next);
      inner!.changed();
    },
    fail: () => inner!.failed('forbidden'),
    sees: () => ({
      exists: following.service.is === 'known' && following.service.value !== null,
      slices: [...(following.slices ?? [])].map(({ name }) => name),
    }),
  };
}

test('a Service that exists is seen as it is', (t) => {
  const { following, failures, change, fail, sees, told } = rig();
  change({ slices: [OLD, NEW] });
  t.deepEqual(sees(), { exists: true, slices: ['web-old', 'web-new'] });
  fail();
  t.deepEqual([told(), failures, following.lastEventAt], [1, ['forbidden'], 7]);
});

test('a Service that has vanished is seen as it was, also when its slices go, until what follows from that is in force', (t) => {
  const { change, sees, seen, told } = rig();
  change({ service: null });
  change({ slices: [] });
  t.deepEqual([sees(), told()], [{ exists: true, slices: ['web-old'] }, 0]);
  const inForce = seen();
  t.deepEqual([sees(), told()], [{ exists: true, slices: ['web-old'] }, 0]);
  inForce();
  t.deepEqual([sees(), told()], [{ exists: false, slices: [] }, 1]);
  change({ slices: [NEW] });
  t.is(told(), 2, 'it is followed as before');
});

test('a Service that vanishes after objects were seen is kept until they are seen again', (t) => {
  const { change, sees, seen, told } = rig();
  const before = seen();
  change({ service: null });
  before();
  t.deepEqual([sees().exists, told()], [true, 0]);
  seen()();
  t.deepEqual([sees().exists, told()], [false, 1]);
});

test('a Service that comes back in time has never been away', (t) => {
  const { change, sees, seen, told } = rig();
  change({ service: null });
  const inForce = seen();
  change({ service: SERVICE, slices: [NEW] });
  t.deepEqual([sees(), told()], [{ exists: true, slices: ['web-new'] }, 1]);
  inForce();
  t.is(told(), 1);
});

test('a Service that has never existed has nothing to keep', (t) => {
  const { change, sees, told } = rig(null);
  change({ slices: [NEW] });
  t.deepEqual([sees(), told()], [{ exists: false, slices: ['web-new'] }, 1]);
});

test('slices that go first are kept until their Service goes as well, and then like it', (t) => {
  const { change, sees, seen, told, clock } = rig();
  change({ slices: [] });
  const before = seen();
  change({ service: null });
  before();
  clock.advance(10_000);
  t.deepEqual([sees(), told()], [{ exists: true, slices: ['web-old'] }, 0]);
  seen()();
  t.deepEqual([sees(), told()], [{ exists: false, slices: [] }, 1]);
});

test('a Service that stays without any slice has no endpoints a second later', (t) => {
  const { change, sees, told, clock } = rig();
  change({ slices: [] });
  clock.advance(999);
  t.deepEqual([sees(), told()], [{ exists: true, slices: ['web-old'] }, 0]);
  clock.advance(1);
  t.deepEqual([sees(), told()], [{ exists: true, slices: [] }, 1]);
});

test('slices that come back in time have never been away', (t) => {
  const { change, sees, told, clock } = rig();
  change({ slices: [] });
  change({ slices: [NEW] });
  clock.advance(10_000);
  t.deepEqual([sees(), told()], [{ exists: true, slices: ['web-new'] }, 1]);
});

test('a follower that has stopped is told nothing', async (t) => {
  const { following, change, seen, told, now } = rig();
  change({ service: null });
  const inForce = seen();
  await following.stop();
  inForce();
  t.deepEqual([told(), now.isStopped], [0, true]);
});

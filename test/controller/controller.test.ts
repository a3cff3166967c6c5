import test from 'ava';
import { rig, wish } from './controller-rig.ts';

test('G3: nothing is offered before every kind has been listed', async (t) => {
  const { world, offers, request } = rig();
  world.isSynced = false;
  world.wishes = [wish('shop/web:443', 443)];
  await request();
  t.deepEqual(offers, []);
  world.isSynced = true;
  await request();
  t.deepEqual(offers, [['shop/web:443']]);
});

test('a gateway without any listener has started too', async (t) => {
  const { controller, offers, request } = rig();
  await request();
  await controller.started;
  t.deepEqual(offers, [[]]);
});

test('what has not changed is not offered again, and statuses are told all the same', async (t) => {
  const { world, offers, told, request } = rig();
  world.wishes = [wish('shop/web:443', 443)];
  await request();
  await request();
  t.is(offers.length, 1);
  t.is(told.length, 2);
  t.deepEqual(told[1]!.openPorts, [443]);
});

test('requests during an offer make one more run, with what is wanted then', async (t) => {
  const { controller, world, offers, settle } = rig();
  let open = () => {};
  world.gate = new Promise((resolve) => {
    open = resolve;
  });
  world.wishes = [wish('shop/web:443', 443)];
  controller.request();
  await settle();
  world.wishes = [wish('shop/web:444', 444)];
  controller.request();
  controller.request();
  await settle();
  t.is(offers.length, 1);
  open();
  await settle();
  t.deepEqual(offers, [['shop/web:443'], ['shop/web:444']]);
});

test('G2: what has vanished is let go once the listeners without it are in force, and no sooner', async (t) => {
  const { controller, world, offers, settle } = rig();
  let open = () => {};
  world.gate = new Promise((resolve) => {
    open = resolve;
  });
  world.wishes = [wish('shop/web:443', 443)];
  controller.request();
  controller.request();
  await settle();
  t.deepEqual([offers.length, world.seen, world.inForce], [1, 1, []]);
  open();
  await settle();
  t.deepEqual([world.seen, world.inForce], [2, [1, 2]]);
});

test('what has vanished is let go although the listeners without it could not be applied', async (t) => {
  const { world, request } = rig();
  world.wishes = [wish('shop/web:443', 443)];
  world.isFull = true;
  await request();
  t.deepEqual(world.inForce, [1]);
});

test('G4: a port that could not be opened is told, left out while it rests, and offered again', async (t) => {
  const { world, offers, told, places, request, advanceTo } = rig();
  world.wishes = [wish('shop/db:5432', 5432), wish('shop/web:443', 443)];
  world.busy.set('shop/web:443', 'in use');
  await request();
  t.deepEqual(told.at(-1)!.failedPorts, [443]);
  t.deepEqual([...places.at(-1)!.failures], [['shop/web:443', 'in use']]);
  await request();
  t.is(offers.length, 1, 'the open ones are in force already');
  world.busy.clear();
  await advanceTo(1000);
  t.deepEqual(offers.at(-1), ['shop/db:5432', 'shop/web:443']);
  t.deepEqual(told.at(-1)!.failedPorts, []);
});

test('G2: the port of a namespace is held after its listener has gone, and the end of the hold is a run', async (t) => {
  const { world, places, told, request, advanceTo } = rig();
  world.wishes = [wish('shop/web:443', 443)];
  await request();
  world.wishes = [];
  await request();
  await request();
  t.deepEqual([...places.at(-1)!.heldPorts], [[443, 'shop']]);
  const before = told.length;
  await advanceTo(600_000);
  t.is(told.length, before + 1);
  t.deepEqual([...places.at(-1)!.heldPorts], []);
});

test('an offer that fails as a whole is said and made again, and nothing is told before it is in force', async (t) => {
  const { world, offers, told, errors, request, advanceTo } = rig();
  world.wishes = [wish('shop/web:443', 443)];
  world.isFull = true;
  await request();
  t.deepEqual(errors, ['no memory for more listeners']);
  t.is(told.length, 0);
  world.isFull = false;
  await advanceTo(1000);
  t.is(offers.length, 2);
  t.is(told.length, 1);
});

test('G2: a process that starts takes from statuses who has a port, and holds it for that namespace', async (t) => {
  const { world, places, request } = rig();
  world.owners = new Map([[443, new Set(['bank'])]]);
  await request();
  t.deepEqual([...places[0]!.heldPorts], [[443, 'bank']]);
  world.owners = new Map();
  await request();
  t.deepEqual([...places.at(-1)!.heldPorts], [[443, 'bank']]);
});

test('G2: a hold that ends while listeners are being opened is followed by another run', async (t) => {
  const { world, controller, places, request, settle, advanceTo } = rig();
  world.wishes = [wish('shop/web:443', 443)];
  await request();
  world.wishes = [wish('shop/db:5432', 5432)];
  await request();
  let open = () => {};
  world.gate = new Promise((resolve) => {
    open = resolve;
  });
  world.wishes = [];
  world.now = 599_999;
  controller.request();
  await settle();
  world.now = 600_001;
  open();
  await settle();
  await advanceTo(600_001);
  t.false(places.at(-1)!.heldPorts.has(443));
});

test('a controller that was stopped offers and tells nothing more', async (t) => {
  const { controller, world, offers, told, request, advanceTo } = rig();
  world.wishes = [wish('shop/web:443', 443)];
  world.busy.set('shop/web:443', 'in use');
  await request();
  await controller.stop();
  await advanceTo(100_000);
  await request();
  t.is(offers.length, 1);
  t.is(told.length, 1);
});

test('G4: a listener whose object goes while its port waits for another try is not tried any more', async (t) => {
  const { world, places, timers, request, advanceTo } = rig();
  world.wishes = [wish('shop/late:7000', 7000), wish('shop/web:443', 443)];
  world.busy.set('shop/late:7000', 'the address is in use');
  await request();
  world.wishes = world.wishes.slice(1);
  await request();
  t.is(places.at(-1)!.failures.size, 0);
  t.is(timers.size, 0);
  const { length } = places;
  await advanceTo(60_000);
  t.is(places.length, length, 'nothing runs');
});

test('a listener that cannot have options is a failure of its own: the others are served', async (t) => {
  const { world, offers, told, errors, places, request } = rig();
  world.wishes = [wish('shop/odd:80', 80), wish('shop/web:443', 443)];
  world.broken.add('shop/odd:80');
  await request();
  t.deepEqual([offers, errors], [[['shop/web:443']], []]);
  t.deepEqual(told.at(-1)!.failedPorts, [80]);
  t.deepEqual([...places.at(-1)!.failures], [['shop/odd:80', 'no command line could have it']]);
});

test('whoever is told may ask for another run, which begins after the one that tells', async (t) => {
  const { controller, world, told, request } = rig();
  await request();
  let [depth, deepest] = [0, 0];
  world.hear = () => {
    deepest = Math.max(deepest, ++depth);
    if (told.length < 5) controller.request();
    depth--;
  };
  await request();
  t.deepEqual([told.length, deepest], [5, 1]);
});

const HOP = {
  listener: {
    ...{ name: 'hop', object: null, listen: ':9466', port: 9466, settings: {}, to: [] },
    refusesEmptyShares: false,
  },
  families: [4] as const,
};

test('G12: the listener of hops is offered before those of objects, and is nobody’s port', async (t) => {
  const { world, offers, told, places, request } = rig();
  world.wishes = [wish('shop/web:443', 443)];
  world.hop = HOP;
  await request();
  t.deepEqual(offers, [['hop', 'shop/web:443']]);
  t.like(told[0], { openPorts: [443], failedPorts: [], hop: HOP, hopFailure: null });
  await request();
  t.deepEqual([...places.at(-1)!.heldPorts.keys()], [443]);
  world.hop = undefined;
  await request();
  t.deepEqual(offers.at(-1), ['shop/web:443']);
  t.is(told.at(-1)!.hop, undefined);
});

test('G12: a listener of hops that cannot be opened is told, tried again, and takes no object with it', async (t) => {
  const { world, offers, told, request, advanceTo } = rig();
  world.wishes = [wish('shop/web:443', 443)];
  world.hop = HOP;
  world.busy.set('hop', 'EADDRINUSE');
  await request();
  t.like(told.at(-1), { openPorts: [443], failedPorts: [], hopFailure: 'EADDRINUSE' });
  world.busy.clear();
  await advanceTo(1000);
  t.deepEqual(offers.at(-1), ['hop', 'shop/web:443']);
  t.is(told.at(-1)!.hopFailure, null);
});

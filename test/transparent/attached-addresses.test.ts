import test from 'ava';
import { AttachedAddresses } from '../../src/transparent/attached-addresses.ts';

const at = (index: number) => Uint8Array.of(10, 1, index >> 8, index & 255);

function setUp() {
  const world = { attached: new Set<string>(), asked: [] as string[], fails: false };
  const addresses = new AttachedAddresses((ip) => {
    world.asked.push(ip.join());
    return world.fails ? null : world.attached.has(ip.join());
  });
  return { world, addresses };
}

test('an address that is followed is looked up at each look, and only what is another than before is a change', (t) => {
  const { world, addresses } = setUp();
  world.attached.add(at(1).join());
  t.true(addresses.has(at(1)));
  t.false(addresses.has(at(2)));
  addresses.follow([at(1), at(2), at(3)]);
  t.false(addresses.look(), 'nobody was told anything of the third one');
  t.deepEqual([addresses.has(at(1)), addresses.has(at(2)), addresses.has(at(3))], [true, false, false]);
  t.is(world.asked.length, 5);
  world.attached.add(at(2).join());
  t.true(addresses.look());
  t.true(addresses.has(at(2)));
  world.attached.delete(at(1).join());
  t.true(addresses.look());
  t.false(addresses.has(at(1)));
  t.false(addresses.look());
});

test('one that is not followed is looked up again after the next look', (t) => {
  const { world, addresses } = setUp();
  t.false(addresses.has(at(1)));
  world.attached.add(at(1).join());
  t.false(addresses.has(at(1)));
  t.false(addresses.look());
  t.true(addresses.has(at(1)));
  addresses.follow([at(1)]);
  addresses.follow([]);
  addresses.look();
  world.attached.delete(at(1).join());
  t.false(addresses.has(at(1)));
});

test('if the kernel cannot be asked, what is known stays, and what is not known is asked for again', (t) => {
  const { world, addresses } = setUp();
  world.attached.add(at(1).join());
  addresses.has(at(1));
  addresses.follow([at(1)]);
  world.fails = true;
  t.false(addresses.look());
  t.true(addresses.has(at(1)));
  world.attached.add(at(2).join());
  t.false(addresses.has(at(2)));
  addresses.follow([at(1), at(2)]);
  world.fails = false;
  t.true(addresses.has(at(2)));
});

test('a look asks for 512 addresses at most, in turn', (t) => {
  const { world, addresses } = setUp();
  addresses.follow(Array.from({ length: 1200 }, (_, index) => at(index)));
  const counts = [1, 2, 3].map(() => {
    addresses.look();
    return world.asked.splice(0).length;
  });
  t.deepEqual(counts, [512, 512, 512]);
  const all = new Set<string>();
  for (let look = 0; look < 3; look++) {
    addresses.look();
    for (const each of world.asked.splice(0)) all.add(each);
  }
  t.is(all.size, 1200);
});

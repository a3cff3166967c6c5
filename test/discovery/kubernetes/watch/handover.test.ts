import test from 'ava';
import {
  createHandover,
  type HandoverListener,
} from '../../../../src/discovery/kubernetes/watch/handover.ts';

/** A handover whose watches list when the test lets them. */
function startHandover() {
  const opened: { readonly names: string; readonly told: HandoverListener; isOpen: boolean }[] = [];
  const handover = createHandover<string>(
    (services, told) => {
      const entry = { names: [...services].join(), told, isOpen: true };
      opened.push(entry);
      return {
        ...{ synced: false, path: null },
        values: new Map(),
        of: (service) => [`${service} of ${entry.names}`],
        start() {},
        async stop() {
          entry.isOpen = false;
        },
      };
    },
    () => {},
  );
  return {
    handover,
    opened,
    cover: (...services: string[]) => handover.cover(new Set(services)),
    open: () => opened.filter(({ isOpen }) => isOpen).map(({ names }) => names),
    known: (service: string) => [...(handover.of(service) ?? ['unknown'])].join(),
  };
}

test('names that keep changing do not keep a list from its end', (t) => {
  const { cover, open, opened, known } = startHandover();
  cover('a');
  cover('a', 'b');
  cover('a', 'b', 'c');
  t.deepEqual(open(), ['a']);
  opened[0]!.told.synced();
  t.is(known('a'), 'a of a');
  t.deepEqual(open(), ['a', 'a,b,c']);
  cover('a', 'b');
  opened[1]!.told.synced();
  t.is(known('b'), 'b of a,b,c');
  t.deepEqual(open(), ['a,b,c', 'a,b']);
  opened[2]!.told.synced();
  t.deepEqual(open(), ['a,b']);
});

test('names that change begin another list where the one before has failed', (t) => {
  const { cover, open, opened } = startHandover();
  cover('a');
  opened[0]!.told.failed();
  t.deepEqual(open(), ['a']);
  cover('b');
  t.deepEqual(open(), ['b']);
  cover('c');
  t.deepEqual(open(), ['b']);
  opened[1]!.told.failed();
  t.deepEqual(open(), ['c']);
});

test('a change of names that is undone needs no new watch', (t) => {
  const { cover, open, opened, known } = startHandover();
  cover('a');
  opened[0]!.told.synced();
  cover('b');
  cover('a');
  t.deepEqual(open(), ['a']);
  opened[1]!.told.synced();
  t.is(known('a'), 'a of a');
  t.is(known('b'), 'unknown');
  cover();
  t.deepEqual(open(), []);
});

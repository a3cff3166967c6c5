import test from 'ava';
import { slice, sliceEndpoint } from '../../../helpers/kubernetes-objects.ts';
import { FIRST_MS, SLICES, startWatch } from '../watch-parts.ts';

const a = (count = 1) => slice('web-a', Array(count).fill(sliceEndpoint('10.0.0.1')));
const b = slice('web-b', [sliceEndpoint('10.0.0.2')]);
const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;

// What a server may send: pieces, too much, compressed data, or something that is not a list.

for (const over of ['http', 'h2'] as const) {
  test(`W11: an event that comes in pieces, cut within a character, is the event that was sent: ${over}`, async (t) => {
    const { api, watching, holds, seen } = await startWatch(t, () => {}, { over });
    await watching(1);
    const object = { metadata: { name: 'wéb-€-😀', uid: 'u', resourceVersion: '1001' }, endpoints: [] };
    const bytes = Buffer.from(event('ADDED', object));
    for (let at = 0; at < bytes.length; at++) api.write(SLICES, bytes.subarray(at, at + 1));
    await holds('wéb-€-😀:0');
    t.deepEqual(seen.failures, []);
  });

  test(`W11: a slice of 1000 endpoints is one line like another: ${over}`, async (t) => {
    const { api, watching, holds, seen } = await startWatch(t, () => {}, { over });
    await watching(1);
    api.put(a(1000));
    await holds('web-a:1000');
    t.deepEqual(seen.failures, []);
  });

  test(`W11: a line of more than 8 MiB is not kept, and the watch ends: ${over}`, async (t) => {
    const { api, clock, watching, seen, values } = await startWatch(t, (api) => api.put(a()), { over });
    await watching(1);
    const quarter = 'x'.repeat(2 * 1024 * 1024);
    for (let part = 0; part < 5; part++) api.write(SLICES, quarter);
    await clock.until(FIRST_MS);
    t.deepEqual(seen.failures, ['bad_answer']);
    t.deepEqual(values(), ['web-a:1']);
  });

  test(`W11: gzip is asked for in lists, and never in watches: ${over}`, async (t) => {
    const { api, watching, values } = await startWatch(t, (api) => api.put(a(100)), { over });
    await watching(1);
    t.deepEqual(
      api.requests.map(({ verb, encoding }) => [verb, encoding]),
      [
        ['list', 'gzip'],
        ['watch', 'identity'],
      ],
    );
    t.deepEqual(values(), ['web-a:100']);
  });

  test(`a server that reports ever new objects is asked for a list, which drops those that do not exist: ${over}`, async (t) => {
    const { api, asked, watching, holds } = await startWatch(t, (api) => api.put(a()), { over });
    await watching(1);
    for (let made = 1; made <= 5; made++) {
      const { metadata } = slice(`made-up-${made}`, []);
      const note = 'x'.repeat(7 * 1024 * 1024);
      api.write(SLICES, event('ADDED', { ...b, metadata: { ...metadata, resourceVersion: '1001' }, note }));
    }
    await api.watched(SLICES, 2);
    await holds('web-a:1');
    t.deepEqual(asked(), ['list 0', 'watch 1001', 'list 1001', 'watch 1001']);
  });
}

for (const [what, body] of [
  ['no JSON', '{"kind":'],
  ['no list', { metadata: { resourceVersion: '1' } }],
  ['without a version', { metadata: {}, items: [] }],
  ['no object', '[]'],
] as const) {
  test(`an answer that is ${what} empties nothing, and is asked for again`, async (t) => {
    const { api, clock, watching, seen, values } = await startWatch(t, (api) => api.put(a()));
    await watching(1);
    clock.advance(5000);
    api.answerNext('list', SLICES, { body });
    api.forget();
    api.endWatches();
    await clock.until(FIRST_MS);
    t.deepEqual(values(), ['web-a:1']);
    t.deepEqual(seen.failures, ['bad_answer']);
  });
}

test('a list without items as Go writes it, null, is an empty list', async (t) => {
  const { watching, watch, values } = await startWatch(t, (api) =>
    api.answerNext('list', SLICES, { body: { metadata: { resourceVersion: '1000' }, items: null } }),
  );
  await watching(1);
  t.true(watch.synced);
  t.deepEqual(values(), []);
});

test('an item of a list without a name does not invalidate the others', async (t) => {
  const good = { metadata: { name: 'web-a', uid: 'u', resourceVersion: '5' }, endpoints: [] };
  const { watching, values } = await startWatch(t, (api) =>
    api.answerNext('list', SLICES, {
      body: { metadata: { resourceVersion: '1000' }, items: [null, {}, 7, good] },
    }),
  );
  await watching(1);
  t.deepEqual(values(), ['web-a:0']);
});

test('a watch that repeats itself changes nothing', async (t) => {
  const { api, watching, seen, holds, until } = await startWatch(t);
  await watching(1);
  api.put(a());
  await holds('web-a:1');
  const { changes, alive } = { ...seen };
  const object = { ...a(), metadata: { ...a().metadata, resourceVersion: '1001' } };
  for (const type of ['ADDED', 'MODIFIED', 'ADDED']) api.write(SLICES, event(type, object));
  await until(() => seen.alive === alive + 3);
  t.is(seen.changes, changes);
});

test('a late deletion of an object does not remove its successor of the same name', async (t) => {
  const { api, watching, seen, holds, until, values } = await startWatch(t);
  await watching(1);
  api.put(a());
  await holds('web-a:1');
  const { alive } = seen;
  const metadata = { ...a().metadata, uid: 'one before', resourceVersion: '1001' };
  api.write(SLICES, event('DELETED', { ...a(), metadata }));
  await until(() => seen.alive > alive);
  t.deepEqual(values(), ['web-a:1']);
  api.remove(SLICES, 'web-a');
  await holds();
});

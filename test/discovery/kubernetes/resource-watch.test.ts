import test from 'ava';
import { slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';
import { FIRST_MS, memoryFiles, SLICES, startWatch } from './watch-parts.ts';

const a = (count = 1) => slice('web-a', Array(count).fill(sliceEndpoint('10.0.0.1')));
const b = slice('web-b', [sliceEndpoint('10.0.0.2')]);
const WATCH_SILENT_MS = 150_000;
const ANSWER_MS = 30_000;

test('W1: the first list takes any version, and the watch goes on from the version of the list', async (t) => {
  const { api, asked, values } = await startWatch(t, (api) => api.put(a()));
  await api.watched(SLICES, 1);
  t.deepEqual(asked(), ['list 0', 'watch 1001']);
  t.deepEqual(values(), ['web-a:1']);
});

test('W2: a watch asks for bookmarks and for an end after 300 to 600 s', async (t) => {
  const { api } = await startWatch(t);
  await api.watched(SLICES, 1);
  const { query } = api.requests[1]!;
  t.is(query.get('watch'), '1');
  t.is(query.get('allowWatchBookmarks'), 'true');
  t.is(query.get('timeoutSeconds'), '300');
});

test('W2: after a clean end it watches again from the last version, at once, without a list', async (t) => {
  const { api, asked, clock, seen, holds } = await startWatch(t);
  await api.watched(SLICES, 1);
  api.put(a());
  await holds('web-a:1');
  clock.advance(1000);
  api.endWatches();
  await api.watched(SLICES, 2);
  t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1001']);
  t.deepEqual(seen.failures, []);
});

test('W3: a bookmark advances the version and is a sign of life, and changes nothing', async (t) => {
  const { api, asked, clock, seen, until } = await startWatch(t);
  await api.watched(SLICES, 1);
  api.put({ ...slice('other', []), metadata: { name: 'other', namespace: 'elsewhere' } });
  const { alive, changes } = { ...seen };
  api.bookmark();
  await until(() => seen.alive === alive + 1);
  t.is(seen.changes, changes);
  clock.advance(1000);
  api.endWatches();
  await api.watched(SLICES, 2);
  t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1001']);
});

test('W3: a watch without a sign of life for 150 s is watched again from its version, not listed', async (t) => {
  const { api, asked, clock, seen } = await startWatch(t);
  await api.watched(SLICES, 1);
  await clock.until(WATCH_SILENT_MS);
  clock.advance(WATCH_SILENT_MS - 1);
  t.deepEqual(seen.failures, []);
  clock.advance(1);
  await api.watched(SLICES, 2);
  t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1000']);
  t.deepEqual(seen.failures, ['silent']);
});

test('W3: each bookmark puts the watchdog off by 150 s', async (t) => {
  const { api, clock, seen, until } = await startWatch(t);
  await api.watched(SLICES, 1);
  for (let round = 0; round < 3; round++) {
    await clock.until(WATCH_SILENT_MS);
    clock.advance(100_000);
    const { alive } = seen;
    api.bookmark();
    await until(() => seen.alive > alive);
  }
  t.deepEqual(seen.failures, []);
});

test('W4: a 410 as a status is answered with a list of the version seen last', async (t) => {
  const { api, asked, clock, holds } = await startWatch(t, (api) => api.put(a()));
  await api.watched(SLICES, 1);
  clock.advance(5000);
  await api.close();
  api.put(a(2));
  api.put(b);
  api.forget();
  await api.open();
  await clock.until(FIRST_MS);
  clock.advance(FIRST_MS);
  await holds('web-a:2', 'web-b:1');
  t.deepEqual(asked().slice(0, 4), ['list 0', 'watch 1001', 'watch 1001', 'list 1001']);
});

test('W4: a 410 as an event is answered the same way', async (t) => {
  const { api, asked, clock, holds } = await startWatch(t, (api) => api.put(a()));
  api.expiredAs = 'event';
  await api.watched(SLICES, 1);
  clock.advance(5000);
  await api.close();
  api.put(b);
  api.forget();
  await api.open();
  await clock.until(FIRST_MS);
  clock.advance(FIRST_MS);
  await holds('web-a:1', 'web-b:1');
  t.deepEqual(asked().slice(0, 4), ['list 0', 'watch 1001', 'watch 1001', 'list 1001']);
});

test('W4: where the version seen last has expired for lists too, the newest is asked for', async (t) => {
  const { api, asked, clock } = await startWatch(t);
  await api.watched(SLICES, 1);
  clock.advance(5000);
  api.answerNext('list', SLICES, { status: 410, body: { reason: 'Expired' } });
  api.forget();
  api.endWatches();
  await api.watched(SLICES, 3);
  t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1000', 'list 1000', 'list newest', 'watch 1001']);
});

test('W4: a list replaces everything: what is not in it has vanished, what has another uid is another', async (t) => {
  const { api, clock, holds, seen } = await startWatch(t, (api) => {
    api.put(a());
    api.put(b);
  });
  await api.watched(SLICES, 1);
  clock.advance(5000);
  await api.close();
  api.remove(SLICES, 'web-b');
  api.remove(SLICES, 'web-a');
  api.put({ ...a(3), metadata: { ...a().metadata, uid: 'another' } });
  api.forget();
  await api.open();
  const { changes } = seen;
  await clock.until(FIRST_MS);
  clock.advance(FIRST_MS);
  await holds('web-a:3');
  t.is(seen.changes, changes + 1);
});

test('W4: a server that calls each version expired is not asked without rest', async (t) => {
  const { api, clock, seen } = await startWatch(t, (api) => {
    for (let round = 0; round < 3; round++)
      api.answerNext('watch', SLICES, { status: 410, body: { code: 410 } });
  });
  await clock.until(FIRST_MS);
  t.is(api.requests.length, 2);
  clock.advance(FIRST_MS);
  await clock.until(2 * FIRST_MS);
  t.is(api.requests.length, 4);
  t.deepEqual(seen.failures, ['expired', 'expired']);
});

test('W5: a list of a version ahead of the server is asked for again as the newest', async (t) => {
  const { api, asked, clock } = await startWatch(t);
  await api.watched(SLICES, 1);
  const object = { ...a(), metadata: { ...a().metadata, resourceVersion: '999999' } };
  api.write(SLICES, `${JSON.stringify({ type: 'ADDED', object })}\n`);
  api.write(SLICES, `${JSON.stringify({ type: 'ERROR', object: { code: 410 } })}\n`);
  await clock.until(FIRST_MS);
  clock.advance(FIRST_MS);
  await api.watched(SLICES, 2);
  t.deepEqual(asked(), ['list 0', 'watch 1000', 'list 999999', 'list newest', 'watch 1000']);
});

test('W5: a watch from a version ahead of the server is silence, and after the second one it lists', async (t) => {
  const { api, asked, clock, seen, until } = await startWatch(t);
  await api.watched(SLICES, 1);
  const { alive } = seen;
  const object = { metadata: { resourceVersion: '999999' } };
  api.write(SLICES, `${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  await until(() => seen.alive > alive);
  for (let silence = 1; silence <= 2; silence++) {
    await clock.until(WATCH_SILENT_MS);
    clock.advance(WATCH_SILENT_MS);
    await api.watched(SLICES, 2);
  }
  await api.watched(SLICES, 3);
  const rest = ['watch 999999', 'list 999999', 'list newest', 'watch 1000'];
  t.deepEqual(asked(), ['list 0', 'watch 1000', ...rest]);
});

test('W6: an error event that is no 410 ends the watch, and it is watched again from the last version', async (t) => {
  const { api, asked, clock, seen, holds } = await startWatch(t);
  await api.watched(SLICES, 1);
  api.put(a());
  await holds('web-a:1');
  api.write(SLICES, `${JSON.stringify({ type: 'ERROR', object: { code: 500, reason: 'InternalError' } })}\n`);
  await clock.until(FIRST_MS);
  t.deepEqual(seen.failures, ['unavailable']);
  clock.advance(FIRST_MS);
  await api.watched(SLICES, 2);
  t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1001']);
});

test('W6: a last line that is cut off is a lost connection, and the event comes again', async (t) => {
  const { api, clock, seen, holds, values } = await startWatch(t);
  await api.watched(SLICES, 1);
  api.write(SLICES, '{"type":"ADDED","object":{"metadata":{"name":"web-x","resourceVersion":"1009"},"end');
  api.endWatches();
  await clock.until(FIRST_MS);
  t.deepEqual(seen.failures, ['unreachable']);
  t.deepEqual(values(), []);
  api.put(a());
  clock.advance(FIRST_MS);
  await holds('web-a:1');
});

test('W6: a line that is no event is not passed over, and the second in a row leads to a list', async (t) => {
  const { api, asked, clock, seen } = await startWatch(t);
  for (const [round, line] of ['what?\n', '{"type":"ADDED","object":null}\n'].entries()) {
    await api.watched(SLICES, round + 1);
    api.write(SLICES, line);
    await clock.until(FIRST_MS * 2 ** round);
    clock.advance(FIRST_MS * 2 ** round);
  }
  await api.watched(SLICES, 3);
  t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1000', 'list 1000', 'watch 1000']);
  t.deepEqual(seen.failures, ['bad_answer', 'bad_answer']);
});

test('W7: failures are waited out twice as long each time', async (t) => {
  const { api, clock } = await startWatch(t, (api) => {
    for (let round = 0; round < 3; round++) api.answerNext('list', SLICES, { status: 500 });
  });
  for (const ms of [800, 1600, 3200]) {
    await clock.until(ms);
    clock.advance(ms);
  }
  await api.watched(SLICES, 1);
  t.is(api.requests.length, 5);
});

test('W7: a watch that ends within a second with nothing in it counts as a failure', async (t) => {
  const { api, clock, seen } = await startWatch(t);
  await api.watched(SLICES, 1);
  api.endWatches();
  await clock.until(FIRST_MS);
  t.deepEqual(seen.failures, ['short_watch']);
});

test('W7: one that said something and ends within a second is no failure, but rests until the second is over', async (t) => {
  const { api, clock, seen, holds } = await startWatch(t);
  await api.watched(SLICES, 1);
  api.put(a());
  await holds('web-a:1');
  clock.advance(300);
  api.endWatches();
  await clock.until(700);
  clock.advance(700);
  await api.watched(SLICES, 2);
  t.deepEqual(seen.failures, []);
});

for (const status of [429, 503, 504]) {
  test(`W7: Retry-After of a ${status} is honoured`, async (t) => {
    const { api, clock } = await startWatch(t, (api) =>
      api.answerNext('list', SLICES, { status, headers: { 'retry-after': '7' } }),
    );
    await clock.until(7000);
    clock.advance(6999);
    t.is(api.requests.length, 1);
    clock.advance(1);
    await api.watched(SLICES, 1);
  });
}

test('W8: at a 401 the token is read again, and the watch goes on from the old version', async (t) => {
  const texts: { [path: string]: string } = { '/token': 'old' };
  const more = { access: { token: { file: '/token' } }, files: memoryFiles(texts) };
  const { api, asked, clock, seen, holds } = await startWatch(t, (api) => api.put(a()), more);
  await api.watched(SLICES, 1);
  clock.advance(1000);
  api.tokens = new Set(['new']);
  api.endWatches();
  await clock.until(FIRST_MS);
  t.deepEqual(seen.failures, ['unauthorized']);
  texts['/token'] = 'new\n';
  clock.advance(FIRST_MS);
  await api.watched(SLICES, 3);
  api.put(b);
  await holds('web-a:1', 'web-b:1');
  t.deepEqual(asked(), ['list 0', 'watch 1001', 'watch 1001', 'watch 1001']);
  t.deepEqual(
    api.requests.map(({ token }) => token),
    ['old', 'old', 'old', 'new'],
  );
});

test('W8: a 403 is tried again, for it may be a server that has just started', async (t) => {
  const { api, clock, seen } = await startWatch(t, (api) => api.forbidden.add(SLICES));
  await clock.until(FIRST_MS);
  api.forbidden.clear();
  clock.advance(FIRST_MS);
  await api.watched(SLICES, 1);
  t.deepEqual(seen.failures, ['forbidden']);
});

test('W9: what is known stays while the API is away', async (t) => {
  const { api, clock, seen, values, watch } = await startWatch(t, (api) => api.put(a()));
  await api.watched(SLICES, 1);
  await api.close();
  await clock.until(FIRST_MS);
  clock.advance(FIRST_MS);
  await clock.until(2 * FIRST_MS);
  t.deepEqual(values(), ['web-a:1']);
  t.true(watch.synced);
  t.deepEqual(seen.failures, ['unreachable', 'unreachable']);
  await api.open();
});

test('W11: an event that comes in pieces, cut within a character, is the event that was sent', async (t) => {
  const { api, holds, seen } = await startWatch(t);
  await api.watched(SLICES, 1);
  const object = { metadata: { name: 'wéb-€-😀', uid: 'u', resourceVersion: '1001' }, endpoints: [] };
  const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`);
  for (let at = 0; at < bytes.length; at++) api.write(SLICES, bytes.subarray(at, at + 1));
  await holds('wéb-€-😀:0');
  t.deepEqual(seen.failures, []);
});

test('W11: a slice of 1000 endpoints is one line like another', async (t) => {
  const { api, holds, seen } = await startWatch(t);
  await api.watched(SLICES, 1);
  api.put(a(1000));
  await holds('web-a:1000');
  t.deepEqual(seen.failures, []);
});

test('W11: a line of more than 8 MiB is not kept, and the watch ends', async (t) => {
  const { api, clock, seen, values } = await startWatch(t, (api) => api.put(a()));
  await api.watched(SLICES, 1);
  const quarter = 'x'.repeat(2 * 1024 * 1024);
  for (let part = 0; part < 5; part++) api.write(SLICES, quarter);
  await clock.until(FIRST_MS);
  t.deepEqual(seen.failures, ['bad_answer']);
  t.deepEqual(values(), ['web-a:1']);
});

test('W11: gzip is asked for in lists, and never in watches', async (t) => {
  const { api, values } = await startWatch(t, (api) => api.put(a(100)));
  await api.watched(SLICES, 1);
  t.deepEqual(
    api.requests.map(({ verb, encoding }) => [verb, encoding]),
    [
      ['list', 'gzip'],
      ['watch', 'identity'],
    ],
  );
  t.deepEqual(values(), ['web-a:100']);
});

test('W13: only the slices of the Service are asked for, in its namespace', async (t) => {
  const { api } = await startWatch(t);
  await api.watched(SLICES, 1);
  for (const { path, query } of api.requests) {
    t.is(path, '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices');
    t.is(query.get('labelSelector'), 'kubernetes.io/service-name=web');
  }
});

test('a server that takes a request and never answers is given up after 30 s', async (t) => {
  const { api, clock, seen } = await startWatch(t, (api) => api.answerNext('list', SLICES, { silent: true }));
  await api.listed(SLICES, 1);
  await clock.until(ANSWER_MS);
  clock.advance(ANSWER_MS);
  await clock.until(FIRST_MS);
  t.deepEqual(seen.failures, ['silent']);
});

for (const [what, body] of [
  ['no JSON', '{"kind":'],
  ['no list', { metadata: { resourceVersion: '1' } }],
  ['without a version', { metadata: {}, items: [] }],
  ['no object', '[]'],
] as const) {
  test(`an answer that is ${what} empties nothing, and is asked for again`, async (t) => {
    const { api, clock, seen, values } = await startWatch(t, (api) => api.put(a()));
    await api.watched(SLICES, 1);
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
  const { api, watch, values } = await startWatch(t, (api) =>
    api.answerNext('list', SLICES, { body: { metadata: { resourceVersion: '1000' }, items: null } }),
  );
  await api.watched(SLICES, 1);
  t.true(watch.synced);
  t.deepEqual(values(), []);
});

test('an item of a list that has no name does not take the others with it', async (t) => {
  const good = { metadata: { name: 'web-a', uid: 'u', resourceVersion: '5' }, endpoints: [] };
  const { api, values } = await startWatch(t, (api) =>
    api.answerNext('list', SLICES, {
      body: { metadata: { resourceVersion: '1000' }, items: [null, {}, 7, good] },
    }),
  );
  await api.watched(SLICES, 1);
  t.deepEqual(values(), ['web-a:0']);
});

test('a watch that repeats itself changes nothing', async (t) => {
  const { api, seen, holds, until } = await startWatch(t);
  await api.watched(SLICES, 1);
  api.put(a());
  await holds('web-a:1');
  const { changes, alive } = { ...seen };
  const object = { ...a(), metadata: { ...a().metadata, resourceVersion: '1001' } };
  for (const type of ['ADDED', 'MODIFIED', 'ADDED'])
    api.write(SLICES, `${JSON.stringify({ type, object })}\n`);
  await until(() => seen.alive === alive + 3);
  t.is(seen.changes, changes);
});

test('the end of an object that has a successor of its name already is not the end of that', async (t) => {
  const { api, seen, holds, until, values } = await startWatch(t);
  await api.watched(SLICES, 1);
  api.put(a());
  await holds('web-a:1');
  const { alive } = seen;
  const metadata = { ...a().metadata, uid: 'one before', resourceVersion: '1001' };
  api.write(SLICES, `${JSON.stringify({ type: 'DELETED', object: { ...a(), metadata } })}\n`);
  await until(() => seen.alive > alive);
  t.deepEqual(values(), ['web-a:1']);
  api.remove(SLICES, 'web-a');
  await holds();
});

test('a server that tells of ever more objects is asked what there is, and the rest is forgotten', async (t) => {
  const { api, asked, holds } = await startWatch(t, (api) => api.put(a()));
  await api.watched(SLICES, 1);
  for (let made = 1; made <= 5; made++) {
    const { metadata } = slice(`made-up-${made}`, []);
    const object = {
      ...b,
      metadata: { ...metadata, resourceVersion: '1001' },
      note: 'x'.repeat(7 * 1024 * 1024),
    };
    api.write(SLICES, `${JSON.stringify({ type: 'ADDED', object })}\n`);
  }
  await api.watched(SLICES, 2);
  await holds('web-a:1');
  t.deepEqual(asked(), ['list 0', 'watch 1001', 'list 1001', 'watch 1001']);
});

test('a stop ends the watch, and nothing waits or is open any more', async (t) => {
  const { api, clock, watch } = await startWatch(t);
  await api.watched(SLICES, 1);
  await watch.stop();
  t.deepEqual(clock.waiting, []);
  await api.unwatched(SLICES);
});

test('a stop during a wait ends the wait', async (t) => {
  const { clock, watch } = await startWatch(t, (api) => api.answerNext('list', SLICES, { status: 500 }));
  await clock.until(FIRST_MS);
  await watch.stop();
  t.deepEqual(clock.waiting, []);
});

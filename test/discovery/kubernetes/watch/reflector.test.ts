import test from 'ava';
import { slice, sliceEndpoint } from '../../../helpers/kubernetes-objects.ts';
import { FIRST_MS, SLICES, startWatch } from '../watch-parts.ts';

const a = (count = 1) => slice('web-a', Array(count).fill(sliceEndpoint('10.0.0.1')));
const b = slice('web-b', [sliceEndpoint('10.0.0.2')]);
const WATCH_SILENT_MS = 150_000;
const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;

for (const over of ['http', 'h2'] as const) {
  test(`W1: the first list takes any version, and the watch goes on from the version of the list: ${over}`, async (t) => {
    const { watching, asked, values } = await startWatch(t, (api) => api.put(a()), { over });
    await watching(1);
    t.deepEqual(asked(), ['list 0', 'watch 1001']);
    t.deepEqual(values(), ['web-a:1']);
  });

  test(`W2: a watch asks for bookmarks and for an end after 300 to 600 s: ${over}`, async (t) => {
    const { api, watching } = await startWatch(t, () => {}, { over });
    await watching(1);
    const { query } = api.requests[1]!;
    t.is(query.get('watch'), '1');
    t.is(query.get('allowWatchBookmarks'), 'true');
    t.is(query.get('timeoutSeconds'), '300');
  });

  test(`W2: after a clean end it watches again from the last version, at once, without a list: ${over}`, async (t) => {
    const { api, asked, watching, seen, holds } = await startWatch(t, () => {}, { over });
    await watching(1);
    api.put(a());
    await holds('web-a:1');
    api.endWatches();
    await watching(2);
    t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1001']);
    t.deepEqual([seen.failures, seen.broke], [[], []]);
    t.is(api.mostConnections(), 1, 'on the same connection');
  });

  test(`W3: a bookmark advances the version and is a sign of life, and changes nothing: ${over}`, async (t) => {
    const { api, asked, watching, seen, until } = await startWatch(t, () => {}, { over });
    await watching(1);
    api.put({ ...slice('other', []), metadata: { name: 'other', namespace: 'elsewhere' } });
    const { alive, changes } = { ...seen };
    api.bookmark();
    await until(() => seen.alive === alive + 1);
    t.is(seen.changes, changes);
    api.endWatches();
    await watching(2);
    t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1001']);
  });

  test(`W3: a watch without a sign of life for 150 s is watched again from its version, not listed: ${over}`, async (t) => {
    const { asked, watching, pass, seen } = await startWatch(t, () => {}, { over });
    await watching(1);
    await pass(WATCH_SILENT_MS - 1);
    t.deepEqual(seen.broke, []);
    await pass(1);
    await watching(2);
    t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1000']);
    t.deepEqual([seen.failures, seen.broke], [[], ['silent']]);
  });

  test(`W3: each bookmark puts the watchdog off by 150 s: ${over}`, async (t) => {
    const { api, watching, pass, seen, until } = await startWatch(t, () => {}, { over });
    await watching(1);
    for (let round = 0; round < 3; round++) {
      await pass(100_000);
      const { alive } = seen;
      api.bookmark();
      await until(() => seen.alive > alive);
    }
    t.deepEqual([seen.failures, seen.broke], [[], []]);
  });

  for (const expiredAs of ['status', 'event'] as const) {
    test(`W4: a 410 as ${expiredAs} is answered with a list of the version seen last: ${over}`, async (t) => {
      const { api, asked, watching, clock, holds } = await startWatch(t, (api) => api.put(a()), { over });
      api.expiredAs = expiredAs;
      await watching(1);
      clock.advance(5000);
      api.put(a(2));
      await holds('web-a:2');
      api.forget();
      api.breakWatches();
      await watching(3);
      t.deepEqual(asked(), ['list 0', 'watch 1001', 'watch 1002', 'list 1002', 'watch 1003']);
    });
  }

  test(`W4: where the version seen last has expired for lists too, the newest is asked for: ${over}`, async (t) => {
    const { api, asked, watching, clock } = await startWatch(t, () => {}, { over });
    await watching(1);
    clock.advance(5000);
    api.answerNext('list', SLICES, { status: 410, body: { reason: 'Expired' } });
    api.forget();
    api.endWatches();
    await watching(3);
    t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1000', 'list 1000', 'list newest', 'watch 1001']);
  });

  test(`W4: a list replaces everything: what is not in it has vanished, what has another uid is another: ${over}`, async (t) => {
    const prepare = (api: { put(object: object): void }) => {
      api.put(a());
      api.put(b);
    };
    const { api, watching, clock, holds, seen, retry } = await startWatch(t, prepare, { over });
    await watching(1);
    clock.advance(5000);
    await api.close();
    await clock.until(FIRST_MS);
    api.remove(SLICES, 'web-b');
    api.remove(SLICES, 'web-a');
    api.put({ ...a(3), metadata: { ...a().metadata, uid: 'another' } });
    await api.open();
    const { changes } = seen;
    await retry(FIRST_MS);
    await holds('web-a:3');
    t.is(seen.changes, changes + 1);
  });

  test(`W4: a server that calls each version expired is not asked without rest: ${over}`, async (t) => {
    const prepare = (api: { answerNext(verb: 'watch', kind: string, answer: object): void }) => {
      for (let round = 0; round < 3; round++)
        api.answerNext('watch', SLICES, { status: 410, body: { code: 410 } });
    };
    const { api, clock, seen, retry } = await startWatch(t, prepare, { over });
    await clock.until(FIRST_MS);
    t.is(api.requests.length, 2);
    await retry(FIRST_MS);
    await clock.until(2 * FIRST_MS);
    t.is(api.requests.length, 4);
    t.deepEqual(seen.failures, ['expired', 'expired']);
  });

  test(`W5: a list of a version ahead of the server is asked for again as the newest: ${over}`, async (t) => {
    const { api, asked, watching, retry } = await startWatch(t, () => {}, { over });
    await watching(1);
    const object = { ...a(), metadata: { ...a().metadata, resourceVersion: '999999' } };
    api.write(SLICES, event('ADDED', object) + event('ERROR', { code: 410 }));
    await retry(FIRST_MS);
    await watching(2);
    t.deepEqual(asked(), ['list 0', 'watch 1000', 'list 999999', 'list newest', 'watch 1000']);
  });

  test(`W5: a watch from a version ahead of the server is silence, and after the second one it lists: ${over}`, async (t) => {
    const { api, asked, watching, pass, seen, until } = await startWatch(t, () => {}, { over });
    await watching(1);
    const { alive } = seen;
    api.write(SLICES, event('BOOKMARK', { metadata: { resourceVersion: '999999' } }));
    await until(() => seen.alive > alive);
    await pass(WATCH_SILENT_MS);
    await watching(2);
    await pass(WATCH_SILENT_MS);
    await watching(3);
    const rest = ['watch 999999', 'list 999999', 'list newest', 'watch 1000'];
    t.deepEqual(asked(), ['list 0', 'watch 1000', ...rest]);
  });

  test(`W6: an error event that is no 410 ends the watch, and it is watched again from the last version: ${over}`, async (t) => {
    const { api, asked, watching, seen, holds, retry } = await startWatch(t, () => {}, { over });
    await watching(1);
    api.put(a());
    await holds('web-a:1');
    api.write(SLICES, event('ERROR', { code: 500, reason: 'InternalError' }));
    await retry(FIRST_MS);
    await watching(2);
    t.deepEqual(seen.failures, ['unavailable']);
    t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1001']);
  });

  test(`W6: a line that is no event is not passed over, and the second in a row leads to a list: ${over}`, async (t) => {
    const { api, asked, watching, seen, retry } = await startWatch(t, () => {}, { over });
    for (const [round, line] of ['what?\n', '{"type":"ADDED","object":null}\n'].entries()) {
      await watching(round + 1);
      api.write(SLICES, line);
      await retry(FIRST_MS * 2 ** round);
    }
    await watching(3);
    t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1000', 'list 1000', 'watch 1000']);
    t.deepEqual(seen.failures, ['bad_answer', 'bad_answer']);
  });

  test(`a stop ends the watch, and nothing of it waits or is open any more: ${over}`, async (t) => {
    const { api, watching, waiting, watch, client, clock } = await startWatch(t, () => {}, { over });
    await watching(1);
    await watch.stop();
    t.deepEqual(waiting(), []);
    await api.unwatched(SLICES);
    client.stop();
    await api.disconnected();
    t.deepEqual(clock.waiting, []);
  });

  test(`a stop during a wait ends the wait: ${over}`, async (t) => {
    const prepare = (api: { answerNext(verb: 'list', kind: string, answer: object): void }) =>
      api.answerNext('list', SLICES, { status: 500 });
    const { clock, waiting, watch } = await startWatch(t, prepare, { over });
    await clock.until(FIRST_MS);
    await watch.stop();
    t.deepEqual(waiting(), []);
  });
}

import test, { type ExecutionContext } from 'ava';
import { slice, sliceEndpoint } from '../../../helpers/kubernetes-objects.ts';
import type { Speech } from '../../../helpers/scripted-kubernetes-wire.ts';
import { startTcpRelay, type TcpRelay } from '../../../helpers/tcp-relay.ts';
import { FIRST_MS, SLICES, startWatch } from '../watch-parts.ts';

// Which watches are opened again at once, and which after a wait.

const a = (count = 1) => slice('web-a', Array(count).fill(sliceEndpoint('10.0.0.1')));
const IDLE_MS = 35_000;
const SHORT_MS = 1000;
const MINUTE_MS = 60_000;

/** A watch that the server has accepted and that has been open for some seconds. */
async function openWatch(t: ExecutionContext, over: Speech) {
  const started = await startWatch(t, (api) => api.put(a()), { over });
  await started.watching(1);
  started.clock.advance(5000);
  return started;
}

for (const over of ['http', 'h2'] as const) {
  test(`W7: a watch that was open and breaks is opened again at once, at its last version: ${over}`, async (t) => {
    const { api, asked, clock, seen, watching, waiting } = await openWatch(t, over);
    for (let time = 2; time <= 4; time++) {
      api.breakWatches();
      await watching(time);
      clock.advance(1000);
    }
    t.deepEqual(asked(), ['list 0', 'watch 1001', 'watch 1001', 'watch 1001', 'watch 1001']);
    t.deepEqual([seen.failures, seen.broke[0]], [[], 'reset']);
    t.false(waiting().includes(FIRST_MS));
  });

  test(`W7: a watch whose connection was reset is opened again at once, with all others on it: ${over}`, async (t) => {
    const { api, asked, seen, watching } = await openWatch(t, over);
    api.dropConnections();
    await watching(2);
    t.deepEqual(asked(), ['list 0', 'watch 1001', 'watch 1001']);
    t.deepEqual([seen.failures, seen.broke], [[], ['reset']]);
  });

  test(`W6, W7: a last line that is cut off is a lost connection, and the event comes again: ${over}`, async (t) => {
    for (const how of ['endWatches', 'breakWatches', 'dropConnections'] as const) {
      const { api, seen, holds, values, watching } = await openWatch(t, over);
      api.write(
        SLICES,
        '{"type":"ADDED","object":{"metadata":{"name":"web-x","resourceVersion":"1009"},"end',
      );
      await new Promise(setImmediate);
      api[how]();
      await watching(2);
      t.deepEqual([seen.failures, seen.broke], [[], ['reset']], how);
      t.deepEqual(values(), ['web-a:1'], how);
      api.put(a(2));
      await holds('web-a:2');
    }
  });

  test(`W7: a watch that had an event within its first second is opened again at once, too: ${over}`, async (t) => {
    const { api, asked, watching, holds, seen } = await startWatch(t, () => {}, { over });
    await watching(1);
    api.put(a());
    await holds('web-a:1');
    api.breakWatches();
    await watching(2);
    t.deepEqual(asked(), ['list 0', 'watch 1000', 'watch 1001']);
    t.deepEqual([seen.failures, seen.broke], [[], ['reset']]);
  });

  test(`W7: a watch that ends within a second with nothing in it counts as a failure: ${over}`, async (t) => {
    const { api, clock, seen, watching } = await startWatch(t, () => {}, { over });
    await watching(1);
    api.endWatches();
    await clock.until(FIRST_MS);
    t.deepEqual(seen.failures, ['short_watch']);
  });

  test(`W7: a server that says one thing and closes is asked 65 times a minute at most: ${over}`, async (t) => {
    const { api, asked, clock, seen, watching, until } = await startWatch(t, () => {}, { over });
    await watching(1);
    for (let watches = 1; clock.now() < MINUTE_MS; watches++) {
      const { alive } = seen;
      api.bookmark();
      await until(() => seen.alive > alive);
      api.endWatches();
      await api.unwatched(SLICES);
      // The next watch opens at once or after a wait; the clock is advanced only for a wait.
      while (api.openWatches(SLICES) === 0) {
        await new Promise(setImmediate);
        if (clock.waiting.some((ms) => ms >= FIRST_MS && ms < 2000)) clock.advance(100);
      }
      await api.watched(SLICES, watches + 1);
      await new Promise(setImmediate);
    }
    const opened = asked().filter((each) => each.startsWith('watch')).length;
    t.true(opened > 30 && opened <= 65, `${opened}`);
    t.deepEqual(seen.failures, []);
  });

  test(`W7: the wait before a watch that cannot be opened doubles each time, until a success: ${over}`, async (t) => {
    const { api, clock, retry, watching, asked } = await startWatch(
      t,
      (api) => {
        for (let round = 0; round < 3; round++) api.answerNext('list', SLICES, { status: 500 });
      },
      { over },
    );
    for (const ms of [800, 1600, 3200]) await retry(ms);
    await watching(1);
    t.is(api.requests.length, 5);
    clock.advance(1000);
    api.answerNext('watch', SLICES, { status: 503 });
    api.breakWatches();
    await retry(FIRST_MS);
    await watching(3);
    t.deepEqual(asked().slice(4), ['watch 1000', 'watch 1000', 'watch 1000']);
  });

  for (const status of [429, 503, 504]) {
    test(`W7: Retry-After of a ${status} is honoured: ${over}`, async (t) => {
      const { api, clock, watching } = await startWatch(
        t,
        (api) => api.answerNext('list', SLICES, { status, headers: { 'retry-after': '7' } }),
        { over },
      );
      await clock.until(7000);
      clock.advance(6999);
      t.is(api.requests.length, 1);
      clock.advance(1);
      await watching(1);
    });
  }

  for (const status of [403, 404, 400]) {
    test(`W15: a watch that is refused with ${status} leads to a list of the version seen last: ${over}`, async (t) => {
      const { api, asked, watching, retry } = await openWatch(t, over);
      api.answerNext('watch', SLICES, { status });
      api.breakWatches();
      await retry(FIRST_MS);
      await watching(3);
      t.deepEqual(asked(), ['list 0', 'watch 1001', 'watch 1001', 'list 1001', 'watch 1001']);
    });
  }

  test(`W15: a server with an older history is detected by the list that follows a 403: ${over}`, async (t) => {
    const { api, asked, clock, watching, retry, holds } = await openWatch(t, over);
    await api.close();
    await clock.until(FIRST_MS);
    api.restore();
    api.put(a(2));
    api.answerNext('list', SLICES, { status: 403 });
    await api.open();
    await retry(FIRST_MS);
    await retry(FIRST_MS);
    await watching(2);
    await holds('web-a:2');
    const after = ['list 1001', 'list 1001', 'list newest', 'watch 501'];
    t.deepEqual(asked(), ['list 0', 'watch 1001', ...after]);
  });

  test(`W15: a server with an older history is detected if it refuses the first watch after an interruption: ${over}`, async (t) => {
    const { api, asked, watching, retry, holds } = await openWatch(t, over);
    api.answerNext('watch', SLICES, { status: 403 });
    api.dropConnections();
    await api.unwatched(SLICES);
    api.restore();
    api.put(a(2));
    await retry(FIRST_MS);
    await watching(3);
    await holds('web-a:2');
    t.deepEqual(asked(), ['list 0', 'watch 1001', 'watch 1001', 'list 1001', 'list newest', 'watch 501']);
  });

  test(`W15: a server with an older history is detected after it was unavailable for long: ${over}`, async (t) => {
    const { api, asked, watching, retry, holds } = await openWatch(t, over);
    const busy = { status: 503, headers: { 'retry-after': '31' } };
    api.answerNext('watch', SLICES, busy);
    api.breakWatches();
    await api.unwatched(SLICES);
    api.restore();
    api.put(a(2));
    await retry(31_000);
    await watching(3);
    await holds('web-a:2');
    t.deepEqual(asked().slice(-4), ['watch 1001', 'list 1001', 'list newest', 'watch 501']);
  });
}

test('HTTP/2: a stream that is reset before its answer is backed off, on the same connection', async (t) => {
  const { api, asked, seen, watching, until, retry } = await openWatch(t, 'h2');
  for (let time = 0; time < 2; time++) api.answerNext('watch', SLICES, { reset: true });
  api.breakWatches();
  await until(() => seen.failures.length === 1);
  await retry(FIRST_MS);
  await until(() => seen.failures.length === 2);
  await retry(2 * FIRST_MS);
  await watching(4);
  t.deepEqual(seen.failures, ['reset', 'reset']);
  const tries = ['watch 1001', 'list 1001', 'watch 1001', 'list 1001', 'watch 1001'];
  t.deepEqual(asked(), ['list 0', 'watch 1001', ...tries]);
  t.is(api.mostConnections(), 1);
});

test('W7: behind a relay that resets what is idle for 35 s, watches are open and no event is late', async (t) => {
  let relay: TcpRelay;
  const { api, clock, seen, holds, watching, until } = await startWatch(t, (api) => api.put(a()), {
    async through(url, clock) {
      relay = await startTcpRelay(url, clock, IDLE_MS);
      t.teardown(() => relay.close());
      return relay.url;
    },
  });
  await watching(1);
  for (let second = 1; second <= 8 * 60; second++) {
    clock.advance(1000);
    // The clock stands still until the watch is open again, so there was no wait.
    if (seen.broke.length < relay!.resets) {
      await until(() => seen.broke.length === relay.resets);
      await clock.until(SHORT_MS);
    }
    t.false(clock.waiting.includes(FIRST_MS));
    // Both intervals are longer than the idle limit of the relay.
    const { alive } = seen;
    if (second % 60 === 0) api.bookmark();
    if (second % 90 === 0) api.put(a(second));
    if (second % 60 === 0 || second % 90 === 0) await until(() => seen.alive > alive);
    if (second % 90 === 0) await holds(`web-a:${second}`);
  }
  t.true(relay!.resets >= 5);
  t.deepEqual(seen.failures, []);
});

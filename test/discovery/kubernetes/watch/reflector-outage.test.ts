import test from 'ava';
import { slice, sliceEndpoint } from '../../../helpers/kubernetes-objects.ts';
import { FIRST_MS, memoryFiles, SLICES, startWatch } from '../watch-parts.ts';

const a = (count = 1) => slice('web-a', Array(count).fill(sliceEndpoint('10.0.0.1')));
const b = slice('web-b', [sliceEndpoint('10.0.0.2')]);

// While the API refuses requests or is unavailable, the last state is kept and requests are repeated.

for (const over of ['http', 'h2'] as const) {
  test(`W8: at a 401 the token is read again, and it is listed from the old version: ${over}`, async (t) => {
    const texts: { [path: string]: string } = { '/token': 'old' };
    const more = { over, access: { token: { file: '/token' } }, files: memoryFiles(texts) };
    const started = await startWatch(t, (api) => api.put(a()), more);
    const { api, asked, watching, clock, seen, holds, retry } = started;
    await watching(1);
    clock.advance(1000);
    api.tokens = new Set(['new']);
    api.endWatches();
    await clock.until(FIRST_MS);
    t.deepEqual(seen.failures, ['unauthorized']);
    texts['/token'] = 'new\n';
    await retry(FIRST_MS);
    await watching(3);
    api.put(b);
    await holds('web-a:1', 'web-b:1');
    t.deepEqual(asked(), ['list 0', 'watch 1001', 'watch 1001', 'list 1001', 'watch 1001']);
    t.deepEqual(
      api.requests.map(({ token }) => token),
      ['old', 'old', 'old', 'new', 'new'],
    );
  });

  test(`W8: a running watch survives the end of its token: ${over}`, async (t) => {
    const texts: { [path: string]: string } = { '/token': 'old' };
    const more = { over, access: { token: { file: '/token' } }, files: memoryFiles(texts) };
    const { api, watching, holds, seen } = await startWatch(t, () => {}, more);
    await watching(1);
    api.tokens = new Set(['new']);
    api.put(a());
    await holds('web-a:1');
    t.deepEqual(seen.failures, []);
  });

  test(`W8: a 403 is tried again, for it may be a server that has just started: ${over}`, async (t) => {
    const prepare = (api: { forbidden: Set<string> }) => api.forbidden.add(SLICES);
    const { api, clock, watching, seen, retry } = await startWatch(t, prepare, { over });
    await clock.until(FIRST_MS);
    api.forbidden.clear();
    await retry(FIRST_MS);
    await watching(1);
    t.deepEqual(seen.failures, ['forbidden']);
  });

  test(`W9: what is known stays while the API is away: ${over}`, async (t) => {
    const started = await startWatch(t, (api) => api.put(a()), { over });
    const { api, clock, watching, seen, values, watch, retry, until } = started;
    await watching(1);
    clock.advance(1000);
    await api.close();
    await retry(FIRST_MS);
    await until(() => seen.failures.length === 2);
    t.deepEqual(values(), ['web-a:1']);
    t.true(watch.synced);
    t.deepEqual(seen.failures, ['refused', 'refused']);
    await api.open();
  });

  test(`W15: what is opened after 503s of ten seconds is preceded by a list: ${over}`, async (t) => {
    const { api, clock, watching, retry, asked } = await startWatch(t, (api) => api.put(a()), { over });
    await watching(1);
    clock.advance(1000);
    for (let time = 0; time < 4; time++) api.answerNext('watch', SLICES, { status: 503 });
    api.breakWatches();
    for (let time = 0; time < 4; time++) {
      await api.watched(SLICES, 2 + time);
      await retry(FIRST_MS * 2 ** time);
    }
    await watching(6);
    t.deepEqual(asked().slice(2), [...Array(4).fill('watch 1001'), 'list 1001', 'watch 1001']);
  });
}

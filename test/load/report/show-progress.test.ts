import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { showProgress } from '../../../src/load/report/show-progress.ts';
import type { Progress } from '../../../src/load/run-load.ts';

const point = {
  seconds: 1,
  perSecond: 9120,
  errorsPerSecond: 3,
  bytesPerSecond: 0,
  count: 9120,
  p50: 1,
  p95: 2,
  p99: 1200,
  max: 1,
};
const halfway: Progress = { share: 0.5, warmingUp: false, latest: point };

test.serial('a terminal gets a bar with rate, p99 and errors, and its cursor back', async (t) => {
  const listeners = process.listenerCount('SIGINT');
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 100 });
  const hide = showProgress(output, () => halfway);
  t.is(process.listenerCount('SIGINT'), listeners, 'signals are not its own');
  hide();
  const shown = await text(output.end());
  t.regex(shown, /50 % {2}9,120\/s, p99 1\.20 ms, 3\.00 errors\/s/);
  t.true(shown.lastIndexOf('\u001b[?25h') > shown.lastIndexOf('\u001b[?25l'));
});

test.serial(
  'whatever is no terminal gets a line a few seconds apart, and nothing of a short run',
  async (t) => {
    const output = new PassThrough();
    const hide = showProgress(output, () => halfway);
    hide();
    t.is(output.read(), null);
  },
);

import { SingleBar } from 'cli-progress';
import type { Progress } from '../run-load.ts';
import { countText, timeText } from '../units.ts';

/** Standard error, so that only figures go to a pipe. */
type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

const TERMINAL_MS = 250;
const LINE_MS = 3000;
const FORMAT = '{bar} {percentage} %  {text}';

/** Shows progress until the returned function is called: a bar on a terminal, elsewhere a line every 3 s. */
export function showProgress(
  output: Output,
  progress: () => Progress,
  /** Removes the bar at the end, because another run follows. */
  { clears = false }: { readonly clears?: boolean } = {},
): () => void {
  return output.isTTY === true ? showBar(output, progress, clears) : showLines(output, progress);
}

function showBar(output: Output, progress: () => Progress, clears: boolean): () => void {
  // `gracefulExit` would end the process on a signal, before the figures are printed.
  const bar = new SingleBar({
    stream: output,
    format: FORMAT,
    gracefulExit: false,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: clears,
  });
  const percent = ({ share }: Progress) => Math.floor(share * 100);
  bar.start(100, 0, { text: 'starting' });
  const timer = setInterval(() => {
    const now = progress();
    bar.update(percent(now), { text: textOf(now) });
  }, TERMINAL_MS);
  return () => {
    clearInterval(timer);
    const now = progress();
    bar.update(percent(now), { text: textOf(now) });
    bar.stop();
  };
}

function showLines(output: Output, progress: () => Progress): () => void {
  const timer = setInterval(() => {
    const now = progress();
    output.write(`herald: load ${Math.floor(now.share * 100)} %, ${textOf(now)}\n`);
  }, LINE_MS);
  return () => clearInterval(timer);
}

function textOf({ latest, warmingUp }: Progress): string {
  if (latest === null) return warmingUp ? 'warming up' : 'no answer yet';
  const { p99, max } = latest;
  // An interval with too few samples for p99 still has a maximum.
  const slow = p99 !== null ? `, p99 ${timeText(p99)}` : max !== null ? `, max ${timeText(max)}` : '';
  const errors = latest.errorsPerSecond > 0 ? `, ${countText(latest.errorsPerSecond)} errors/s` : '';
  return `${countText(latest.perSecond)}/s${slow}${errors}`;
}

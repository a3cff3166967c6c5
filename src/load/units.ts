/** Microseconds as text with three significant digits. */
export function timeText(us: number): string {
  // 999.7 µs is 1.00 ms, not 1000 µs.
  const size = Number(Math.abs(us).toPrecision(3));
  if (size < 1000) return `${Math.round(us)} µs`;
  if (size < 1_000_000) return `${digits(us / 1000)} ms`;
  return `${digits(us / 1_000_000)} s`;
}

/** A median and its interval in one unit, that of the median: `264 µs` and `73 to 359`. */
export function spanText({
  median,
  low,
  high,
}: {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}): { readonly middle: string; readonly span: string } {
  const size = Number(Math.abs(median).toPrecision(3));
  const [factor, unit] = size < 1000 ? [1, 'µs'] : size < 1_000_000 ? [1000, 'ms'] : [1_000_000, 's'];
  const text = (us: number) => (factor === 1 ? String(Math.round(us)) : digits(us / factor));
  return { middle: `${text(median)} ${unit}`, span: `${text(low)} to ${text(high)}` };
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return bytes > 0 && bytes < 1 ? `${digits(bytes)} B` : `${Math.round(bytes)} B`;
  if (bytes < 1024 ** 2) return `${digits(bytes / 1024)} KiB`;
  return bytes < 1024 ** 3 ? `${digits(bytes / 1024 ** 2)} MiB` : `${digits(bytes / 1024 ** 3)} GiB`;
}

/** 9,120, 912, 91.2, 9.12, 0.012. A figure above zero never reads as 0. */
export function countText(count: number): string {
  return count >= 99.95 ? Math.round(count).toLocaleString('en') : digits(count);
}

/** 9,120: a whole count. */
export function wholeText(count: number): string {
  return count.toLocaleString('en');
}

/** 1,000, 50, 0.5: a rate as it was given. */
export function rateText(rate: number): string {
  return rate.toLocaleString('en', { maximumSignificantDigits: 7 });
}

/** 0.5 %, 12.3 %, 100 %. */
export function shareText(share: number): string {
  return `${digits(share * 100)} %`;
}

function digits(number: number): string {
  const size = Number(Math.abs(number).toPrecision(3));
  if (size === 0) return '0';
  if (size < 0.1) return String(Number(number.toPrecision(2)));
  return number.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** `1 client was seen with another address`, `2 clients were …`: the first verdict of `--verify`. */
export function wrongClientsText(count: number): string {
  return count === 1
    ? '1 client was seen with another address'
    : `${wholeText(count)} clients were seen with another address`;
}

/** The second one: answers that do not say whom the endpoint saw. */
export function unknownClientsText(count: number): string {
  return `${count === 1 ? '1 answer' : `${wholeText(count)} answers`} named no client`;
}

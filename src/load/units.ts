/** Microseconds for people: three digits that count. */
export function timeText(us: number): string {
  const size = Math.abs(us);
  if (size < 1000) return `${Math.round(us)} µs`;
  if (size < 1_000_000) return `${digits(us / 1000)} ms`;
  return `${digits(us / 1_000_000)} s`;
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  if (bytes < 1024 ** 2) return `${digits(bytes / 1024)} KiB`;
  return bytes < 1024 ** 3 ? `${digits(bytes / 1024 ** 2)} MiB` : `${digits(bytes / 1024 ** 3)} GiB`;
}

/** 9120, 912, 91.2, 9.12. */
export function countText(count: number): string {
  return count >= 100 ? Math.round(count).toLocaleString('en') : digits(count);
}

/** 9,120: of what is counted, not measured. */
export function wholeText(count: number): string {
  return count.toLocaleString('en');
}

function digits(number: number): string {
  const size = Math.abs(number);
  return number.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

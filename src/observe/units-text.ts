const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** 0.4 → `0.4 ms`, 1234 → `1.2 s`, 185_000 → `3 m 5 s`, 7_500_000 → `2 h 5 m`. */
export function durationText(ms: number): string {
  if (ms < 999.5) return `${short(ms)} ms`;
  if (ms < MINUTE_MS - 500) return `${short(ms / 1000)} s`;
  if (ms < HOUR_MS - 500) return twoUnits(Math.round(ms / 1000), 'm', 's');
  return twoUnits(Math.round(ms / MINUTE_MS), 'h', 'm');
}

/** 999 → `999 B`, 3000 → `3 kB`, 1_250_000 → `1.3 MB`. */
export function bytesText(bytes: number): string {
  let at = 0;
  let amount = bytes;
  // Not at 1000 but where rounding would make it 1000.
  while (amount >= 999.5 && at < BYTE_UNITS.length - 1) {
    amount /= 1000;
    at++;
  }
  return `${short(amount)} ${BYTE_UNITS[at]}`;
}

/** Two digits at least, where there are two. */
function short(amount: number): string {
  return amount < 9.95 ? String(Math.round(amount * 10) / 10) : String(Math.round(amount));
}

function twoUnits(amount: number, large: string, small: string): string {
  return `${Math.floor(amount / 60)} ${large} ${amount % 60} ${small}`;
}

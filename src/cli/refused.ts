import { adminCommand } from './admin-command.ts';
import { type Column, failureText, formatTable, type Narrowing, type ShownFailure } from './table.ts';

interface Refusal {
  readonly at: string;
  readonly peer: string | null;
  readonly listener: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly firstBytes: { readonly text: string } | null;
  readonly decoded: string | null;
}

/** Of up to 64 bytes; enough for a request line or the start of a header in a table. */
const SHOWN_CHARS = 48;
const NARROW_CHARS = 30;

const COLUMNS: readonly Column<Refusal>[] = [
  { title: 'AT', show: ({ at }) => at },
  { title: 'LISTENER', show: ({ listener }) => listener },
  { title: 'PEER', show: ({ peer }) => peer },
  { title: 'REASON', show: ({ reason }) => reason },
  { title: 'DETAIL', show: ({ detail }) => detail },
  { title: 'DECODED', show: ({ decoded }) => decoded },
  { title: 'FIRST BYTES', show: ({ firstBytes }) => firstBytes && shorten(firstBytes.text, SHOWN_CHARS) },
];

/** On a terminal the time is the local one, as in the log there. */
const TERMINAL_COLUMNS = COLUMNS.map((column) =>
  column.title === 'AT' ? { ...column, show: ({ at }: Refusal) => localTime(at, new Date()) } : column,
);

/** What the client sent: decoded, or as it came if it is no header. */
const sentColumn = (most: number): Column<Refusal> => ({
  title: 'SENT',
  show: ({ decoded, firstBytes }) => {
    const shown = decoded === null || decoded === 'no header' ? (firstBytes?.text ?? decoded) : decoded;
    return shown === null ? null : shorten(shown, most);
  },
});

const NARROWER: readonly Narrowing<Refusal>[] = [
  { without: ['DECODED', 'FIRST BYTES'], instead: sentColumn(SHOWN_CHARS) },
  { without: ['DETAIL'] },
  { without: ['SENT'], instead: sentColumn(NARROW_CHARS) },
  {
    without: ['AT'],
    instead: { title: 'AT', show: ({ at }) => localTime(at, new Date()).replace(/^\d+-(.*):\d+$/, '$1') },
  },
  { without: ['LISTENER'] },
];

interface Answer {
  readonly refused: readonly Refusal[];
  /** An older Herald does not report failures. */
  readonly failed?: { readonly sessions: number; readonly lastError: ShownFailure | null };
}

export const refused = adminCommand<Answer>({
  name: 'refused',
  text: 'Shows the last clients that a running Herald refused, the oldest first. --json has their first 64 bytes in full.',
  path: '/refused',
  format: (answer, width) => {
    const none = 'nobody was refused';
    const table =
      width === null
        ? formatTable(COLUMNS, answer.refused, none)
        : formatTable(TERMINAL_COLUMNS, answer.refused, none, { width, narrower: NARROWER });
    return [table, ...pointers(answer)].join('\n');
  },
});

/** Points to sessions that failed without being refused: a search for lost clients may begin here. */
function pointers({ failed }: Answer): string[] {
  if (failed === undefined || failed.sessions === 0) return [];
  const { sessions, lastError } = failed;
  const what = sessions === 1 ? '1 session failed' : `${sessions} sessions failed`;
  const which = sessions === 1 ? ': ' : '; the last one: ';
  const last = lastError === null ? '' : which + failureText(lastError);
  return ['', `${what}${last}.`, 'See "herald status" and "herald endpoints".'];
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** `13:14:16` of today, else `2026-11-30 13:14:16`, both in the local time zone. What is not a time is unchanged. */
function localTime(iso: string, now: Date): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (part: number) => String(part).padStart(2, '0');
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

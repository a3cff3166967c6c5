import { adminCommand } from './admin-command.ts';
import { type Column, failureText, formatTable, type ShownFailure } from './table.ts';

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

const COLUMNS: readonly Column<Refusal>[] = [
  { title: 'AT', show: ({ at }) => at },
  { title: 'LISTENER', show: ({ listener }) => listener },
  { title: 'PEER', show: ({ peer }) => peer },
  { title: 'REASON', show: ({ reason }) => reason },
  { title: 'DETAIL', show: ({ detail }) => detail },
  { title: 'DECODED', show: ({ decoded }) => decoded },
  { title: 'FIRST BYTES', show: ({ firstBytes }) => firstBytes && shorten(firstBytes.text) },
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
  format: (answer) =>
    [formatTable(COLUMNS, answer.refused, 'nobody was refused'), ...pointers(answer)].join('\n'),
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

function shorten(text: string): string {
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS - 1)}…` : text;
}

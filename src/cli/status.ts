import { adminCommand } from './admin-command.ts';
import { type Column, durationText, failureText, formatTable, type ShownFailure } from './table.ts';

interface Listener {
  readonly name: string;
  readonly address: string;
  readonly present: string;
  readonly expect: string;
  readonly sessions: number;
  readonly limit: number;
  readonly opened: number;
  readonly refused: number;
  /** An older Herald does not report failures. */
  readonly failed?: number;
  readonly lastError?: ShownFailure | null;
}

interface Answer {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly state: string;
  readonly engine: string;
  readonly listeners: readonly Listener[];
}

const COLUMNS: readonly Column<Listener>[] = [
  { title: 'LISTENER', show: ({ name }) => name },
  { title: 'ADDRESS', show: ({ address }) => address },
  { title: 'EXPECT', show: ({ expect }) => expect },
  { title: 'PRESENT', show: ({ present }) => present },
  { title: 'SESSIONS', show: ({ sessions }) => sessions },
  { title: 'LIMIT', show: ({ limit }) => limit },
  { title: 'OPENED', show: ({ opened }) => opened },
  { title: 'REFUSED', show: ({ refused }) => refused },
  { title: 'FAILED', show: ({ failed }) => failed ?? null },
  { title: 'LAST ERROR', show: ({ lastError }) => failureText(lastError) },
];

export const status = adminCommand<Answer>({
  name: 'status',
  text: 'Shows the status of a running Herald. The exit status is 0 if it answers, also while it drains.',
  path: '/status',
  format: ({ version, uptimeSeconds, state, engine, listeners }) =>
    [
      `herald ${version}, ${state}, up ${durationText(uptimeSeconds * 1000)}, engine ${engine}`,
      '',
      formatTable(COLUMNS, listeners, 'no listener is open'),
    ].join('\n'),
});

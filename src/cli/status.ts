import { adminCommand } from './admin-command.ts';
import {
  type Column,
  durationText,
  failureText,
  formatTable,
  type Narrowing,
  type ShownFailure,
  shortFailure,
} from './table.ts';

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

const NARROWER: readonly Narrowing<Listener>[] = [
  {
    without: ['EXPECT', 'PRESENT'],
    instead: { title: 'EXPECT/PRESENT', show: ({ expect, present }) => `${expect}/${present}` },
  },
  {
    without: ['LAST ERROR'],
    instead: { title: 'LAST ERROR', show: ({ lastError }) => shortFailure(lastError) },
  },
  { without: ['LIMIT'] },
  { without: ['ADDRESS'] },
  { without: ['EXPECT/PRESENT'] },
  { without: ['OPENED'] },
];

export const status = adminCommand<Answer>({
  name: 'status',
  text: 'Shows the status of a running Herald. The exit status is 0 if it answers, also while it drains.',
  path: '/status',
  format: ({ version, uptimeSeconds, state, engine, listeners }, width) =>
    [
      `herald ${version}, ${state}, up ${durationText(uptimeSeconds * 1000)}, engine ${engine}`,
      '',
      formatTable(COLUMNS, listeners, 'no listener is open', {
        width: width ?? Number.POSITIVE_INFINITY,
        narrower: NARROWER,
      }),
    ].join('\n'),
});

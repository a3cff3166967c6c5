import { bytesText } from '../observe/text-line.ts';
import { adminCommand } from './admin-command.ts';
import { type Column, durationText, formatTable, type Narrowing } from './table.ts';

interface Session {
  readonly listener: string;
  readonly session: string;
  readonly phase: string;
  readonly client: string;
  readonly via: string | null;
  readonly endpoint: string | null;
  readonly ageMs: number;
  readonly idleMs: number;
  readonly bytesToEndpoint: number;
  readonly bytesToClient: number;
}

const COLUMNS: readonly Column<Session>[] = [
  { title: 'LISTENER', show: ({ listener }) => listener },
  { title: 'SESSION', show: ({ session }) => session },
  { title: 'CLIENT', show: ({ client }) => client },
  { title: 'VIA', show: ({ via }) => via },
  { title: 'ENDPOINT', show: ({ endpoint }) => endpoint },
  { title: 'PHASE', show: ({ phase }) => phase },
  { title: 'AGE', show: ({ ageMs }) => durationText(ageMs) },
  { title: 'IDLE', show: ({ idleMs }) => durationText(idleMs) },
  { title: 'TO ENDPOINT', show: ({ bytesToEndpoint }) => bytesToEndpoint },
  { title: 'TO CLIENT', show: ({ bytesToClient }) => bytesToClient },
];

const NARROWER: readonly Narrowing<Session>[] = [
  {
    without: ['TO ENDPOINT', 'TO CLIENT'],
    // As in the log: up to the endpoint, down to the client.
    instead: {
      title: 'BYTES',
      show: ({ bytesToEndpoint, bytesToClient }) =>
        `↑${compactBytes(bytesToEndpoint)} ↓${compactBytes(bytesToClient)}`,
    },
  },
  { without: ['SESSION'] },
  { without: ['VIA'] },
  { without: ['IDLE'] },
  { without: ['LISTENER'] },
  { without: ['PHASE'] },
];

/** `3kB` */
function compactBytes(bytes: number): string {
  return bytesText(bytes).replace(' ', '');
}

export const sessions = adminCommand<{ readonly sessions: readonly Session[] }>({
  name: 'sessions',
  text: 'Shows the open sessions of a running Herald, the oldest first.',
  path: '/sessions',
  format: (answer, width) =>
    formatTable(COLUMNS, answer.sessions, 'no session is open', {
      width: width ?? Number.POSITIVE_INFINITY,
      narrower: NARROWER,
    }),
});

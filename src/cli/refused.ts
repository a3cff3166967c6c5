import { adminCommand } from './admin-command.ts';
import { type Column, formatTable } from './table.ts';

interface Refusal {
  readonly at: string;
  readonly peer: string | null;
  readonly listener: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly decoded: string | null;
}

const COLUMNS: readonly Column<Refusal>[] = [
  { title: 'AT', show: ({ at }) => at },
  { title: 'LISTENER', show: ({ listener }) => listener },
  { title: 'PEER', show: ({ peer }) => peer },
  { title: 'REASON', show: ({ reason }) => reason },
  { title: 'DETAIL', show: ({ detail }) => detail },
  { title: 'FIRST BYTES', show: ({ decoded }) => decoded },
];

export const refused = adminCommand<{ readonly refused: readonly Refusal[] }>({
  name: 'refused',
  text: 'Asks a running Herald for the last clients that it turned away, the oldest first. --json has their first bytes too.',
  path: '/refused',
  format: (answer) => formatTable(COLUMNS, answer.refused, 'nobody was refused'),
});

import { adminCommand } from './admin-command.ts';
import { type Column, formatTable } from './table.ts';

interface Endpoint {
  readonly address: string;
  readonly node: string | null;
  readonly zone: string | null;
  readonly usable: boolean;
  readonly ejected: boolean;
  readonly sessions: number;
}

interface Pool {
  readonly listener: string;
  readonly source: string;
  readonly synced: boolean;
  readonly endpoints: readonly Endpoint[];
}

interface Row {
  readonly listener: string;
  readonly source: string;
  readonly state: string;
  readonly endpoint: Endpoint | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'LISTENER', show: ({ listener }) => listener },
  { title: 'SOURCE', show: ({ source }) => source },
  { title: 'ENDPOINT', show: ({ endpoint }) => endpoint?.address ?? null },
  { title: 'STATE', show: ({ state }) => state },
  { title: 'SESSIONS', show: ({ endpoint }) => endpoint?.sessions ?? 0 },
  { title: 'NODE', show: ({ endpoint }) => endpoint?.node ?? null },
  { title: 'ZONE', show: ({ endpoint }) => endpoint?.zone ?? null },
];

export const endpoints = adminCommand<{ readonly pools: readonly Pool[] }>({
  name: 'endpoints',
  text: 'Asks a running Herald for its endpoints and what it thinks of them.',
  path: '/endpoints',
  format: ({ pools }) => formatTable(COLUMNS, pools.flatMap(rowsOf), 'no pool'),
});

/** A pool without endpoints is what an operator looks for: it has a row of its own. */
function rowsOf({ listener, source, synced, endpoints }: Pool): Row[] {
  if (endpoints.length === 0) {
    return [{ listener, source, state: synced ? 'empty' : 'not known yet', endpoint: null }];
  }
  return endpoints.map((endpoint) => ({ listener, source, state: stateOf(endpoint), endpoint }));
}

function stateOf({ usable, ejected }: Endpoint): string {
  return ejected ? 'ejected' : usable ? 'usable' : 'unusable';
}

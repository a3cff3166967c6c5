import { adminCommand } from './admin-command.ts';
import {
  type Column,
  failureText,
  formatTable,
  type Narrowing,
  type ShownFailure,
  shortFailure,
} from './table.ts';

interface Endpoint {
  readonly address: string;
  readonly node: string | null;
  readonly zone: string | null;
  readonly ready: boolean;
  readonly terminating: boolean;
  readonly usable: boolean;
  readonly ejected: boolean;
  readonly sessions: number;
  /** An older Herald does not report failures. */
  readonly down?: boolean;
  readonly failing?: boolean;
  readonly fails?: number;
  readonly lastFailure?: ShownFailure | null;
  /** Only if it is reached through the Herald of its node, or not used since clients cannot be presented to it. */
  readonly hop?: string;
  readonly reach?: 'elsewhere' | 'incapable';
  /** Only if the endpoints of the pool have different shares. */
  readonly weight?: number;
  readonly backup?: boolean;
}

interface Pool {
  readonly listener: string;
  readonly source: string;
  readonly policy: string;
  readonly synced: boolean;
  readonly endpoints: readonly Endpoint[];
}

interface Row {
  readonly listener: string;
  readonly source: string;
  readonly policy: string;
  readonly state: string;
  readonly endpoint: Endpoint | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'LISTENER', show: ({ listener }) => listener },
  { title: 'SOURCE', show: ({ source }) => source },
  { title: 'POLICY', show: ({ policy }) => policy },
  { title: 'ENDPOINT', show: ({ endpoint }) => endpoint?.address ?? null },
  { title: 'STATE', show: ({ state }) => state },
  { title: 'WEIGHT', show: ({ endpoint }) => endpoint?.weight ?? null },
  { title: 'BACKUP', show: ({ endpoint }) => (endpoint?.backup === true ? 'yes' : null) },
  { title: 'HOP', show: ({ endpoint }) => endpoint?.hop ?? null },
  { title: 'SESSIONS', show: ({ endpoint }) => endpoint?.sessions ?? 0 },
  { title: 'FAILS', show: ({ endpoint }) => (endpoint === null ? 0 : (endpoint.fails ?? null)) },
  { title: 'LAST FAILURE', show: ({ endpoint }) => failureText(endpoint?.lastFailure) },
  { title: 'NODE', show: ({ endpoint }) => endpoint?.node ?? null },
  { title: 'ZONE', show: ({ endpoint }) => endpoint?.zone ?? null },
];

const NARROWER: readonly Narrowing<Row>[] = [
  {
    without: ['LAST FAILURE'],
    instead: { title: 'LAST FAILURE', show: ({ endpoint }) => shortFailure(endpoint?.lastFailure) },
  },
  { without: ['SOURCE'] },
  { without: ['POLICY'] },
  { without: ['ZONE'] },
  { without: ['BACKUP'] },
  { without: ['HOP'] },
  {
    without: ['FAILS', 'LAST FAILURE'],
    instead: { title: 'FAILURES', show: ({ endpoint }) => failuresText(endpoint) },
  },
  { without: ['STATE'], instead: { title: 'STATE', show: ({ state }) => state.replace(/ \(.*/, '') } },
  { without: ['NODE'] },
  { without: ['LISTENER'] },
];

/** `61: connect_refused, 1m1s` */
function failuresText(endpoint: Endpoint | null): string | null {
  if (endpoint?.fails === undefined) return null;
  const last = shortFailure(endpoint.lastFailure);
  return last === null ? String(endpoint.fails) : `${endpoint.fails}: ${last}`;
}

export const endpoints = adminCommand<{ readonly pools: readonly Pool[] }>({
  name: 'endpoints',
  text: 'Shows the endpoints of a running Herald and their state. With --present transparent, elsewhere is an endpoint on another node that no hop serves, and incapable one on this node, which cannot present clients.',
  path: '/endpoints',
  format: ({ pools }, width) => {
    const rows = pools.flatMap(rowsOf);
    return formatTable(columnsOf(rows), rows, 'no pool', {
      width: width ?? Number.POSITIVE_INFINITY,
      narrower: NARROWER,
    });
  },
});

/** Columns that are there only if an endpoint has a value. */
const OPTIONAL: ReadonlySet<string> = new Set(['WEIGHT', 'BACKUP', 'HOP']);

function columnsOf(rows: readonly Row[]): readonly Column<Row>[] {
  return COLUMNS.filter(({ title, show }) => !OPTIONAL.has(title) || rows.some((row) => show(row) !== null));
}

/** Sources shown in each row: a pool may have thousands. */
const SHOWN_SOURCES = 2;

function shortSource(source: string): string {
  const names = source.split(',', SHOWN_SOURCES + 1);
  if (names.length <= SHOWN_SOURCES) return source;
  const shown = names.slice(0, SHOWN_SOURCES).join(',');
  return `${shown} and ${source.slice(shown.length + 1).split(',').length} more`;
}

/** A pool without endpoints has a row of its own: it is what an operator looks for. */
function rowsOf({ endpoints, synced, listener, source, policy }: Pool): Row[] {
  const pool = { listener, source: shortSource(source), policy };
  if (endpoints.length === 0) return [{ ...pool, state: synced ? 'empty' : 'not known yet', endpoint: null }];
  return endpoints.map((endpoint) => ({ ...pool, state: stateOf(endpoint), endpoint }));
}

/**
 * State of an endpoint. One that is ready but `unusable` is excluded by traffic policy; one that is `elsewhere` or `incapable`
 * because clients cannot be presented to it.
 */
function stateOf({ usable, ejected, down, failing, ready, terminating, reach }: Endpoint): string {
  if (ejected) return down === true ? 'down (health check)' : 'ejected';
  if (usable)
    return ['usable', ...(failing === true ? ['failing'] : []), ...(terminating ? ['terminating'] : [])].join(
      ', ',
    );
  return terminating ? 'terminating' : ready ? (reach ?? 'unusable') : 'not ready';
}

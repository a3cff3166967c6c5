import type { ValueType } from '../config/value-type.ts';
import { choice, flag } from '../config/values/choices.ts';
import { filePath } from '../config/values/names.ts';
import { count, duration, size } from '../config/values/numbers.ts';
import { cidrs } from '../config/values/ranges.ts';
import { WORKS } from '../load/load-plan.ts';
import type { CliFlag } from './command.ts';
import { endpoint, failIf, find, ramp, rate } from './load-values.ts';

/** A payload and the PROXY header before it are sent in one message. */
const MOST_PAYLOAD = 64 * 1024;
const MOST_CONNECTIONS = 1_000_000;
const MOST_THREADS = 64;

interface Row<T> {
  readonly type: ValueType<T>;
  readonly text: string;
  readonly standard?: string;
}

function row<T>(type: ValueType<T>, text: string, standard?: string): Row<T> {
  return standard === undefined ? { type, text } : { type, text, standard };
}

/** Every flag of `herald load`: its type, its manual, and the default as text. */
export const LOAD_FLAGS = {
  to: row(endpoint, 'Endpoint that clients connect to.'),
  direct: row(endpoint, 'With --through: the endpoint itself. The two are measured in turn.'),
  through: row(endpoint, 'With --direct: the same endpoint through the proxy.'),
  work: row(choice(...WORKS), 'What each connection does.', '`connect`'),
  keep: row(flag, 'ping and http: many requests a connection.'),
  send: row(choice('none', 'v1', 'v2'), 'The PROXY header that each connection begins with.', '`none`'),
  clients: row(cidrs, 'Ranges from which each connection gets an address of its own.', "this machine's own"),
  rate: row(
    rate,
    'Arrivals a second whatever the endpoint does; max: each connection as fast as it can.',
    '`100`',
  ),
  find: row(find, 'Searches for the highest rate at which this holds, in steps of --duration.'),
  ramp: row(
    ramp,
    'Raises the rate in ten steps over the duration; shows a row for each, and where it broke.',
  ),
  arrivals: row(choice('poisson', 'constant'), 'How arrivals are spaced.', '`poisson`'),
  connections: row(
    count({ min: 1, max: MOST_CONNECTIONS }),
    'Connections at once.',
    'as many as the rate needs; `32` with --keep, --rate max, bulk, idle and slow',
  ),
  duration: row(
    duration({ min: '100ms', zero: false }),
    'How long is measured.',
    '`10s`; `2s` a step with --find',
  ),
  warmup: row(
    duration({ zero: true }),
    'Time before that, which is not measured.',
    '`1s`; `300ms` a step with --find',
  ),
  payload: row(
    size({ min: 1, max: MOST_PAYLOAD }),
    'Bytes of a ping, or of a write of bulk.',
    '`64B`; bulk `65536B`',
  ),
  threads: row(count({ min: 1, max: MOST_THREADS }), 'Threads of the generator.', '`1`'),
  verify: row(flag, 'ping and http to herald echo: counts clients that it saw with another address.'),
  failIf: row(failIf, 'Exit with status 3 if this condition holds or cannot be judged; may be repeated.'),
  json: row(
    filePath,
    'Writes the figures as JSON; - is standard output, and the text then goes to standard error.',
  ),
  report: row(filePath, 'Writes a page with charts: one HTML file.'),
  compare: row(
    filePath,
    'A file that --json wrote in an earlier run of the same kind: shows its figures beside the new ones.',
  ),
} as const;

/** As the parser and `--help` know them. */
export function loadFlags(): readonly CliFlag[] {
  return Object.entries<Row<unknown>>(LOAD_FLAGS).map(([key, { type, text, standard }]) => ({
    key,
    arity: type.arity,
    group: 'Flags',
    text,
    ...(type.arity === 'flag' ? {} : { values: type.values }),
    ...(standard === undefined ? {} : { standard }),
  }));
}

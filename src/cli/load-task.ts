import { missing } from '../config/config-error.ts';
import { flagOf } from '../config/option.ts';
import type { ValueType } from '../config/value-type.ts';
import { type FailIf, isOfComparison } from '../load/fail-if.ts';
import { canBind, isAsking, isHeld, isNear, type LoadEndpoint, type LoadPlan } from '../load/load-plan.ts';
import { RAMP_STEPS, type RateRange } from '../load/step.ts';
import { type Arguments, isOn, readFlag } from './command.ts';
import { LOAD_FLAGS } from './load-flags.ts';

const CONNECTIONS = 32;
const RATE = 100;
const DURATION_MS = 10_000;
const WARMUP_MS = 1000;
/** Of each step of a search. */
const STEP_MS = 2000;
const STEP_WARMUP_MS = 300;
const PING_BYTES = 64;
const BULK_BYTES = 64 * 1024;

/** What is played: one run, or steps at many rates. */
export interface LoadTask {
  readonly plan: LoadPlan;
  readonly failIfs: readonly FailIf[];
  /** Searches for the highest rate at which this holds. */
  readonly find: FailIf | undefined;
  /** Raises the rate in steps. */
  readonly ramp: RateRange | undefined;
}

/** Reads the flags of a run; undefined if something is wrong: `args.problems` has every mistake. */
export function readLoadTask(args: Arguments): LoadTask | undefined {
  const read = <K extends keyof typeof LOAD_FLAGS>(key: K) => {
    const { type } = LOAD_FLAGS[key];
    return readFlag(args, key, type as ValueType<unknown>) as Value<K> | undefined;
  };
  const endpoints = readEndpoints(args, read);
  const work = read('work') ?? 'connect';
  const held = isHeld(work);
  const rate = read('rate') ?? RATE;
  const failIfs = read('failIf') ?? [];
  const [find, ramp] = [read('find'), read('ramp')];
  const keep = isOn(args, 'keep');
  const filled = held || keep || rate === 'max';
  const clients = read('clients') ?? [];
  const send = read('send') ?? 'none';
  const plan: LoadPlan = {
    endpoints,
    work,
    keep,
    send,
    clients,
    bind: canBind(endpoints, clients),
    rate: held ? 'max' : rate,
    arrivals: read('arrivals') ?? 'poisson',
    connections: read('connections') ?? (filled ? CONNECTIONS : null),
    durationMs: read('duration') ?? (args.flags.has('find') ? STEP_MS : DURATION_MS),
    warmupMs: read('warmup') ?? (args.flags.has('find') ? STEP_WARMUP_MS : WARMUP_MS),
    payloadBytes: read('payload') ?? (work === 'bulk' ? BULK_BYTES : PING_BYTES),
    threads: read('threads') ?? 1,
    verify: isOn(args, 'verify'),
  };
  checkPlan(args, plan);
  checkSteps(args, plan);
  checkFailIfs(args, failIfs);
  return args.problems.length > 0 ? undefined : { plan, failIfs, find, ramp };
}

type Value<K extends keyof typeof LOAD_FLAGS> =
  (typeof LOAD_FLAGS)[K]['type'] extends ValueType<infer T> ? T : never;

function readEndpoints(
  args: Arguments,
  read: (key: 'to' | 'direct' | 'through') => LoadEndpoint | undefined,
): readonly LoadEndpoint[] {
  const has = (key: string) => args.flags.has(key);
  const pair = has('direct') || has('through');
  if (has('to') && pair) {
    const message = `--to and ${has('direct') ? '--direct' : '--through'} exclude each other`;
    const expected = '--to, or --direct and --through';
    args.problems.push({ code: 'contradiction', option: '--to', expected, got: 'both', message });
  } else if (pair) {
    const rival = has('direct') ? 'through' : 'direct';
    if (!has(rival)) {
      const given = has('direct') ? '--direct' : '--through';
      args.problems.push(missing(flagOf(rival), LOAD_FLAGS[rival].type.expected, `there is ${given}`));
    }
  } else if (!has('to')) {
    const expected = `${LOAD_FLAGS.to.type.expected} (or --direct and --through)`;
    args.problems.push(missing('--to', expected));
  }
  const found = pair ? [read('direct'), read('through')] : [read('to')];
  return found.filter((each) => each !== undefined);
}

function checkPlan(args: Arguments, plan: LoadPlan): void {
  const { work, send, clients, endpoints, rate, threads, connections } = plan;
  const has = (key: string) => args.flags.has(key);
  const asks = isAsking(work);
  const refuse = (key: string, needs: string) => {
    if (has(key)) wrong(args, key, needs, `--work ${work}`);
  };
  if (isHeld(work)) {
    refuse('rate', 'a work with arrivals: connect, ping or http');
    refuse('arrivals', 'a work with arrivals: connect, ping or http');
  } else if (rate === 'max' && has('arrivals')) {
    wrong(args, 'arrivals', 'a --rate of arrivals', '--rate max');
  }
  if (!asks) refuse('keep', '--work ping or http');
  if (!asks) refuse('verify', '--work ping or http');
  if (work !== 'ping' && work !== 'bulk') refuse('payload', '--work ping or bulk');
  if (work === 'slow' && send === 'none')
    wrong(args, 'work', 'with slow: --send v1 or v2, for the header that is sent slowly', 'none');
  if (work === 'slow' && !endpoints.every(isNear)) {
    wrong(args, 'work', 'slow only to loopback and private addresses', 'another');
  }
  if (connections !== null && connections < threads) {
    wrong(args, 'connections', `at least one for each of ${threads} threads`, String(connections));
  }
  if (clients.length > 0 && send === 'none' && !plan.bind) {
    const why =
      '--send v1 or v2, or clients of 127.0.0.0/8 and an endpoint there: no other address can be played by a socket';
    wrong(args, 'clients', why, '--send none');
  }
  if (send !== 'none' && clients.length === 0 && endpoints.some(({ kind }) => kind === 'unix')) {
    wrong(args, 'send', '--clients: a peer of a unix socket has no address', 'none');
  }
}

/** Flags that a search or a ramp excludes: it sets the rate itself, and has more than one set of figures. */
function checkSteps(args: Arguments, { work, durationMs }: LoadPlan): void {
  const has = (key: string) => args.flags.has(key);
  const rivals = {
    find: ['ramp', 'rate', 'failIf', 'compare', 'direct', 'through'],
    ramp: ['rate', 'compare', 'direct', 'through'],
  } as const;
  for (const key of ['find', 'ramp'] as const) {
    if (!has(key)) continue;
    for (const rival of rivals[key]) {
      if (!has(rival)) continue;
      const message = `${flagOf(key)} and ${flagOf(rival)} exclude each other: ${WHY_EXCLUDED[rival]}`;
      const expected = 'one of the two';
      args.problems.push({ code: 'contradiction', option: flagOf(key), expected, got: 'both', message });
    }
    if (isHeld(work)) wrong(args, key, 'a work with arrivals: connect, ping or http', `--work ${work}`);
  }
  if (has('ramp') && durationMs < LEAST_RAMP_MS) {
    wrong(
      args,
      'duration',
      `with --ramp at least ${LEAST_RAMP_MS / 1000}s, for ${RAMP_STEPS} steps`,
      `${durationMs}ms`,
    );
  }
}

const LEAST_RAMP_MS = RAMP_STEPS * 100;
const WHY_EXCLUDED = {
  ramp: 'both set the rate',
  rate: 'it sets the rate itself',
  failIf: 'it has a condition of its own',
  compare: 'its figures are of many rates',
  direct: 'it is of one endpoint, --to',
  through: 'it is of one endpoint, --to',
} as const;

function checkFailIfs(args: Arguments, failIfs: readonly FailIf[]): void {
  for (const { text } of args.flags.has('to') ? failIfs.filter(isOfComparison) : []) {
    wrong(args, 'failIf', 'with added and ratio: --direct and --through', text);
  }
}

function wrong({ problems }: Arguments, key: string, expected: string, got: string): void {
  problems.push({ code: 'contradiction', option: flagOf(key), expected, got });
}

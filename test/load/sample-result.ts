import { FAILURE_KINDS, type LoadFailure } from '../../src/load/failures.ts';
import { PERCENTILES } from '../../src/load/histogram.ts';
import type { Overhead } from '../../src/load/overhead.ts';
import type { LoadResult, ResultPart } from '../../src/load/result.ts';

const TOTAL = { count: 1000, p50: 100, p90: 200, p95: 500, p99: 1000, p999: 3000, max: 5000 };
const NO_ERRORS = Object.fromEntries(FAILURE_KINDS.map((kind) => [kind, 0])) as Record<LoadFailure, number>;
const summary = (median: number) => ({ median, low: median * 0.9, high: median * 1.1, count: 10 });
const growth = { difference: summary(50), ratio: summary(1.5) };
const growths = Object.fromEntries(PERCENTILES.map((each) => [each, growth])) as NonNullable<
  Overhead['total']
>;

const part: ResultPart = {
  achieved: {
    connectionsPerSecond: 990,
    requestsPerSecond: 1000,
    bytesPerSecond: 1_000_000,
    sentBytesPerSecond: 400_000,
    receivedBytesPerSecond: 600_000,
    connections: 980,
    requests: 990,
    open: 0,
    seconds: 1,
  },
  latency: {
    connect: { count: 980, p50: 20, p90: 30, p95: 35, p99: 40, p999: null, max: 60 },
    firstByte: { count: 990, p50: 60, p90: 120, p95: 300, p99: 900, p999: null, max: 4000 },
    total: TOTAL,
  },
  errors: { ...NO_ERRORS, reset: 4, ended: 6 },
  wrongClients: 0,
  rightClients: 0,
  unknownClients: 0,
  goodAnswers: 990,
  curve: [
    [0, 50],
    [50, 100],
    [99, 1000],
    [100, 5000],
  ],
  series: [1, 2, 3].map((seconds) => ({
    seconds,
    perSecond: 1000 * seconds,
    errorsPerSecond: seconds === 2 ? 10 : 0,
    bytesPerSecond: 1_000_000,
    count: 100,
    p50: 100,
    p95: 500,
    p99: seconds === 3 ? null : 1000,
    max: 5000,
  })),
};

/** An invented result with every key: a comparison with errors. */
export const RESULT: LoadResult = {
  schema: 2,
  herald: '0.0.0',
  at: '2026-01-02T03:04:05.678Z',
  asked: {
    direct: '127.0.0.1:9000',
    through: '127.0.0.1:8080',
    work: 'http',
    keep: false,
    send: 'v2',
    clients: ['203.0.113.0/24'],
    mode: 'open loop',
    rate: 1000,
    arrivals: 'poisson',
    connections: null,
    durationMs: 1000,
    warmupMs: 0,
    payloadBytes: 64,
    threads: 1,
    verify: true,
  },
  ...part,
  limitedByGenerator: 'processor',
  endedEarly: true,
  direct: { ...part, errors: NO_ERRORS },
  overhead: { connect: null, firstByte: growths, total: growths, throughput: null },
  headline: '127.0.0.1:8080 adds 50 µs.',
};

/** The same for one endpoint, without errors. */
export const CALM: LoadResult = (() => {
  const { direct: _direct, overhead: _overhead, headline: _headline, asked, ...rest } = RESULT;
  const { direct: _to, through, ...others } = asked;
  return {
    ...rest,
    asked: { to: through!, ...others },
    errors: NO_ERRORS,
    limitedByGenerator: null,
    endedEarly: false,
  };
})();

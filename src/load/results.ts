import type { LoadNews, Phase, PhaseEnd } from './load-messages.ts';
import { isAsking, isHeld, type LoadPlan } from './load-plan.ts';
import type { Limit, Measured, Outcome } from './outcome.ts';
import { type Overhead, overheadOf, throughputOf } from './overhead.ts';
import type { Batch } from './samples.ts';
import { type Point, Series } from './series.ts';
import { Tally } from './tally.ts';

/** A thread that was at work so much of its time could not have done more. */
const BUSY = 0.95;
/** In a shorter stretch a single hiccup of the machine would look like that. */
const LEAST_BUSY_US = 100_000;
/** More arrivals than this share of all, and than so many, that began late are the generator's fault; fewer are a hiccup. */
const LATE_SHARE = 0.01;
const MOST_LATE = 4;
const US_PER_S = 1_000_000;

/** What the threads of a run found, put together. */
export class Results {
  readonly #plan: LoadPlan;
  readonly #phases: readonly Phase[];
  readonly #aRound: number;
  readonly #ways: readonly { readonly tally: Tally; readonly series: Series }[];
  /** Of a comparison: a tally for each phase. */
  readonly #rounds: readonly Tally[];
  /** Which way was heard of last. */
  #current = 0;
  readonly #ends: { readonly phase: number; readonly end: PhaseEnd }[] = [];

  constructor(plan: LoadPlan, phases: readonly Phase[], intervalUs: number, aRound: number) {
    this.#plan = plan;
    this.#phases = phases;
    this.#aRound = aRound;
    this.#ways = plan.endpoints.map(() => ({ tally: new Tally(), series: new Series(intervalUs) }));
    this.#rounds = plan.endpoints.length > 1 ? phases.map(() => new Tally()) : [];
  }

  take(news: Exclude<LoadNews, { news: 'ready' }>): void {
    if (news.news === 'ended') this.#ends.push(news);
    else this.#add(news.phase, news.interval, news.batch);
  }

  /** The last interval that anything is known of. */
  latest(): Point | null {
    return this.#ways[this.#current]!.series.latest();
  }

  outcome(stopped: boolean): Outcome {
    const ways = this.#ways.map((_, endpoint) => this.#measured(endpoint));
    const direct = ways.length > 1 ? ways[0]! : null;
    return {
      measured: ways.at(-1)!,
      direct,
      overhead: direct === null ? null : this.#overhead(),
      limitedByGenerator: this.#limit(ways),
      endedEarly: stopped,
      refusedBy: this.#refusedBy(),
    };
  }

  #refusedBy(): number | null {
    const refused = this.#ends.find(({ end }) => end.refused);
    return refused === undefined ? null : this.#phases[refused.phase]!.endpoint;
  }

  #add(number: number, interval: number, batch: Batch): void {
    this.#current = this.#phases[number]!.endpoint;
    const { tally, series } = this.#ways[this.#current]!;
    const round = Math.floor(number / this.#ways.length);
    tally.add(batch);
    this.#rounds[number]?.add(batch);
    if (interval >= 0) series.add(round * this.#aRound + interval, batch, isHeld(this.#plan.work));
  }

  #measured(endpoint: number): Measured {
    const { tally, series } = this.#ways[endpoint]!;
    const ends = this.#ends.filter(({ phase }) => this.#phases[phase]!.endpoint === endpoint);
    // Each round has connections of its own.
    const last = Math.max(...ends.map(({ phase }) => phase));
    // Threads measure side by side, rounds one after the other.
    const seconds = ends.reduce((sum, { end }) => sum + end.measuredUs, 0) / this.#plan.threads / US_PER_S;
    const perSecond = (count: number) => (seconds > 0 ? count / seconds : 0);
    const [connections, requests] = [tally.count('connections'), tally.count('requests')];
    const [sent, received] = [tally.count('sentBytes'), tally.count('receivedBytes')];
    return {
      achieved: {
        connectionsPerSecond: perSecond(connections),
        requestsPerSecond: perSecond(requests),
        bytesPerSecond: perSecond(sent + received),
        sentBytesPerSecond: perSecond(sent),
        receivedBytesPerSecond: perSecond(received),
        connections,
        requests,
        open: ends.reduce((sum, { phase, end }) => sum + (phase === last ? end.open : 0), 0),
        seconds,
      },
      latency: tally.latency(),
      errors: tally.errors(),
      wrongClients: tally.count('wrongClients'),
      rightClients: tally.count('rightClients'),
      unknownClients: tally.count('unknownClients'),
      goodAnswers: tally.count('goodAnswers'),
      curve: tally.histograms.total.curve(),
      series: series.points(),
    };
  }

  #overhead(): Overhead {
    const pairs = this.#wholePairs();
    const rounds = pairs.map(({ direct, through }) => ({
      direct: direct.latency(),
      through: through.latency(),
    }));
    const doubled = [];
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      const [first, second] = [pairs[at]!, pairs[at + 1]!];
      doubled.push({
        direct: first.direct.latencyWith(second.direct),
        through: first.through.latencyWith(second.through),
      });
    }
    const throughput = throughputOf(
      pairs.map(({ direct, through }) => ({ direct: this.#done(direct), through: this.#done(through) })),
    );
    return { ...overheadOf(rounds, doubled), throughput };
  }

  /** What a round has done, if how much that is depends on the endpoint: bytes, requests or connections. */
  #done(tally: Tally): number | null {
    const { work, rate } = this.#plan;
    if (work === 'bulk') return tally.count('sentBytes') + tally.count('receivedBytes');
    if (rate !== 'max' || isHeld(work)) return null;
    return tally.count(isAsking(work) ? 'requests' : 'connections');
  }

  /** Rounds of which both halves are whole: the last one of a run that was ended early is not. */
  #wholePairs(): { readonly direct: Tally; readonly through: Tally }[] {
    const whole = (phase: number): boolean => {
      const { fromUs, toUs } = this.#phases[phase]!;
      const ends = this.#ends.filter((each) => each.phase === phase);
      return (
        ends.length === this.#plan.threads &&
        ends.every(({ end }) => end.measuredUs >= 0.99 * (toUs - fromUs))
      );
    };
    const pairs = [];
    for (let phase = 0; phase + 1 < this.#rounds.length; phase += 2) {
      if (!whole(phase) || !whole(phase + 1)) continue;
      const first = this.#phases[phase]!.endpoint === 0 ? phase : phase + 1;
      const second = first === phase ? phase + 1 : phase;
      pairs.push({ direct: this.#rounds[first]!, through: this.#rounds[second]! });
    }
    return pairs;
  }

  #limit(ways: readonly Measured[]): Limit | null {
    if (ways.some(({ errors }) => errors.descriptors > 0)) return 'descriptors';
    if (ways.some(({ errors }) => errors.local_ports > 0)) return 'local_ports';
    const arrivals = this.#ends.reduce((sum, { end }) => sum + end.arrivals, 0);
    const late = this.#ends.reduce((sum, { end }) => sum + end.late, 0);
    const busy = this.#ends.some(({ end }) => end.busy > BUSY && end.measuredUs >= LEAST_BUSY_US);
    return busy || late > Math.max(LATE_SHARE * arrivals, MOST_LATE) ? 'processor' : null;
  }
}

import type { LoadNews, Phase, PhaseEnd } from './load-messages.ts';
import { isAsking, isHeld, type LoadPlan } from './load-plan.ts';
import type { Limit, Measured, Outcome } from './outcome.ts';
import { type Overhead, overheadOf, throughputOf } from './overhead.ts';
import type { Batch } from './samples.ts';
import { type Point, Series } from './series.ts';
import { Tally } from './tally.ts';

/** A thread that was busy for a larger share of the time was at its limit. */
const BUSY = 0.95;
/** In a shorter phase, a single hiccup of the machine would look like that. */
const MIN_BUSY_US = 100_000;
/** The generator was the limit if more arrivals than this share, and than this number, began late. */
const LATE_SHARE = 0.01;
const MAX_LATE = 4;
const US_PER_S = 1_000_000;

/** Puts together what the threads of a run measured. */
export class OutcomeBuilder {
  readonly #plan: LoadPlan;
  readonly #phases: readonly Phase[];
  readonly #aRound: number;
  readonly #ways: readonly { readonly tally: Tally; readonly series: Series }[];
  /** In a comparison, a tally for each phase. */
  readonly #rounds: readonly Tally[];
  /** The way that the last batch belongs to. */
  #current = 0;
  readonly #ends: { readonly phase: number; readonly end: PhaseEnd }[] = [];

  constructor(plan: LoadPlan, phases: readonly Phase[], intervalUs: number, aRound: number) {
    this.#plan = plan;
    this.#phases = phases;
    this.#aRound = aRound;
    this.#ways = plan.endpoints.map(() => ({ tally: new Tally(), series: new Series(intervalUs) }));
    this.#rounds = plan.endpoints.length > 1 ? phases.map(() => new Tally()) : [];
  }

  add(news: Exclude<LoadNews, { news: 'ready' }>): void {
    if (news.news === 'ended') this.#ends.push(news);
    else this.#addBatch(news.phase, news.interval, news.batch);
  }

  /** The latest interval with figures. */
  latest(): Point | null {
    return this.#ways[this.#current]!.series.latest();
  }

  build(stopped: boolean): Outcome {
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

  #addBatch(number: number, interval: number, batch: Batch): void {
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
    // Rounds do not share connections: those open at the end are the last round's.
    const last = Math.max(...ends.map(({ phase }) => phase));
    // Threads measure in parallel, rounds one after another.
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
    const pairs = this.#completePairs();
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

  /** The work done in a round, in bytes, requests or connections; null in an open loop, where arrivals decide it. */
  #done(tally: Tally): number | null {
    const { work, rate } = this.#plan;
    if (work === 'bulk') return tally.count('sentBytes') + tally.count('receivedBytes');
    if (rate !== 'max' || isHeld(work)) return null;
    return tally.count(isAsking(work) ? 'requests' : 'connections');
  }

  /** Rounds of which both halves are complete; the last round of a run that was ended early is not. */
  #completePairs(): { readonly direct: Tally; readonly through: Tally }[] {
    const isComplete = (phase: number): boolean => {
      const { fromUs, toUs } = this.#phases[phase]!;
      const ends = this.#ends.filter((each) => each.phase === phase);
      return (
        ends.length === this.#plan.threads &&
        ends.every(({ end }) => end.measuredUs >= 0.99 * (toUs - fromUs))
      );
    };
    const pairs = [];
    for (let phase = 0; phase + 1 < this.#rounds.length; phase += 2) {
      if (!isComplete(phase) || !isComplete(phase + 1)) continue;
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
    const busy = this.#ends.some(({ end }) => end.busy > BUSY && end.measuredUs >= MIN_BUSY_US);
    return busy || late > Math.max(LATE_SHARE * arrivals, MAX_LATE) ? 'processor' : null;
  }
}

import type { Asked } from '../describe-plan.ts';
import { errorsOf } from '../outcome.ts';
import type { LoadResult } from '../result.ts';
import { wholeText } from '../units.ts';

type Row = readonly [flag: string, show: (asked: Asked) => string | null];

const seconds = (ms: number): string => `${ms / 1000}s`;

/** If one of these differs, the figures measure different things and cannot be compared. */
const DECISIVE: readonly Row[] = [
  ['ways', ({ to }) => (to === undefined ? '--direct and --through' : '--to')],
  ['--work', ({ work }) => work],
  ['--keep', ({ keep }) => (keep ? 'on' : 'off')],
  ['--rate', ({ rate }) => (rate === null ? null : String(rate))],
  ['--arrivals', ({ arrivals }) => arrivals],
  ['--connections', ({ connections }) => (connections === null ? 'unlimited' : String(connections))],
  ['--payload', ({ work, payloadBytes }) => (work === 'ping' || work === 'bulk' ? `${payloadBytes}B` : null)],
  ['--find', ({ find }) => find ?? null],
  ['--ramp', ({ ramp }) => ramp ?? null],
];

/** A difference in these may be the purpose of the comparison; the reader has to know it. */
const NOTABLE: readonly Row[] = [
  ['--to', ({ to }) => to ?? null],
  ['--direct', ({ direct }) => direct ?? null],
  ['--through', ({ through }) => through ?? null],
  ['--send', ({ send }) => send],
  ['--clients', ({ clients }) => (clients.length === 0 ? "the machine's own" : clients.join(','))],
  ['--duration', ({ durationMs }) => seconds(durationMs)],
  ['--warmup', ({ warmupMs }) => seconds(warmupMs)],
  ['--threads', ({ threads }) => String(threads)],
  ['--verify', ({ verify }) => (verify ? 'on' : 'off')],
];

/** Why two runs cannot be compared, such as `--work ping, that run http`; null if they can. */
export function whyIncomparable(asked: Asked, other: Asked): string | null {
  const lines = differences(DECISIVE, asked, other);
  return lines.length === 0 ? null : lines.join('; ');
}

/** What else differs between two runs, and what makes either unreliable; normally empty. */
export function remarksOf(result: LoadResult, other: LoadResult): string[] {
  return [
    ...differences(NOTABLE, result.asked, other.asked),
    ...faultsOf(result, 'this run'),
    ...faultsOf(other, 'that run'),
  ];
}

function differences(rows: readonly Row[], asked: Asked, other: Asked): string[] {
  return rows.flatMap(([flag, show]) => {
    const [now, then] = [show(asked), show(other)];
    return now === then ? [] : [`${flag} ${now ?? 'none'}, that run ${then ?? 'none'}`];
  });
}

function faultsOf(result: LoadResult, name: string): string[] {
  const { limitedByGenerator, endedEarly } = result;
  const count = (of: (part: Pick<LoadResult, 'errors' | 'wrongClients' | 'unknownClients'>) => number) =>
    of(result) + (result.direct === undefined ? 0 : of(result.direct));
  const wrong = count(({ wrongClients }) => wrongClients);
  const unknown = count(({ unknownClients }) => unknownClients);
  const errors = count((part) => errorsOf(part.errors));
  return [
    ...(limitedByGenerator === null
      ? []
      : [`the generator was the limit of ${name} (${limitedByGenerator})`]),
    ...(endedEarly ? [`${name} was ended early`] : []),
    ...(wrong === 0 ? [] : [`${name} had ${wholeText(wrong)} wrong clients`]),
    ...(unknown === 0 ? [] : [`${name} had ${wholeText(unknown)} answers that named no client`]),
    ...(errors === 0 ? [] : [`${name} had ${wholeText(errors)} errors`]),
  ];
}

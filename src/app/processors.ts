import { availableParallelism } from 'node:os';
import { type ReadText, readText } from './read-text.ts';

/** More threads than this gain little: a connection costs the kernel more than it costs us. */
const MOST_THREADS = 4;

/** How many threads the container's share of processors is worth: cgroup v2's cpu.max or v1's quota; 1 to 4. */
export function defaultThreads(read: ReadText = readText, machine = availableParallelism()): number {
  const share = cpuMax(read('/sys/fs/cgroup/cpu.max')) ?? quota(read) ?? Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(Math.round(share), machine, MOST_THREADS));
}

/** `max 100000` or `150000 100000`: quota and period in microseconds. */
function cpuMax(text: string | undefined): number | undefined {
  const [quotaUs, periodUs] = (text ?? '').trim().split(' ');
  return ratio(quotaUs, periodUs);
}

function quota(read: ReadText): number | undefined {
  const folder = '/sys/fs/cgroup/cpu';
  return ratio(read(`${folder}/cpu.cfs_quota_us`)?.trim(), read(`${folder}/cpu.cfs_period_us`)?.trim());
}

function ratio(quotaUs: string | undefined, periodUs: string | undefined): number | undefined {
  const share = Number(quotaUs) / Number(periodUs);
  return share > 0 && Number.isFinite(share) ? share : undefined;
}

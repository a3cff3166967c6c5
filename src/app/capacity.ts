import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Reads one small file; undefined if it cannot be read. */
type ReadText = (path: string) => string | undefined;

/** Descriptors for everything but sessions: libraries, logs, connections to the ops addresses and to Kubernetes. */
const OWN_DESCRIPTORS = 256;
/** A session has two descriptors, one for the client and one for the endpoint. */
const DESCRIPTORS_EACH = 2;
/** Memory of the container for one session: Herald's buffers and the kernel's. */
const BYTES_EACH = 64 * 1024;
/** If /proc cannot be read (not Linux): what the usual `ulimit` of macOS allows. */
const UNKNOWN = 4096;

/** More threads than this gain little: most of the cost of a connection is in the kernel. */
const MOST_THREADS = 4;

/** The file, or undefined if it cannot be read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * How many sessions descriptors and the container's memory allow for all listeners together. `waiting`: descriptors of
 * sockets that wait, and of pipes.
 */
export function sessionCapacity(waiting: number, read: ReadText = readText): number {
  const byDescriptors = descriptorsLeft(waiting, read) / DESCRIPTORS_EACH;
  const memory = memoryLimit(read);
  const byMemory = memory === undefined ? Number.POSITIVE_INFINITY : memory / BYTES_EACH;
  return Math.max(Math.floor(Math.min(byDescriptors, byMemory)), 1);
}

/**
 * How many descriptors may listen if it is not known at the start how many listeners there will be: a quarter of those that are left,
 * so that listeners cannot take what sessions need. `waiting` as above.
 */
export function listeningCapacity(waiting: number, read: ReadText = readText): number {
  return Math.max(Math.floor(descriptorsLeft(waiting, read) / 4), 1);
}

function descriptorsLeft(waiting: number, read: ReadText): number {
  const descriptors = openFiles(read('/proc/self/limits'));
  return descriptors === undefined ? UNKNOWN * DESCRIPTORS_EACH : descriptors - OWN_DESCRIPTORS - waiting;
}

/** The soft limit, which Node raises to the hard limit at its start. */
function openFiles(limits: string | undefined): number | undefined {
  const match = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? '');
  if (match === null) return undefined;
  return match[1] === 'unlimited' ? 1 << 20 : Number(match[1]);
}

/** memory.max of cgroup v2, or the limit of v1. `max`, and the huge default of v1, mean that there is no limit. */
function memoryLimit(read: ReadText): number | undefined {
  const text =
    read('/sys/fs/cgroup/memory.max') ?? read('/sys/fs/cgroup/memory/memory.limit_in_bytes') ?? 'max';
  const bytes = Number(text.trim());
  return Number.isFinite(bytes) && bytes > 0 && bytes < 2 ** 60 ? bytes : undefined;
}

/** How many threads the container's share of processors is worth, 1 to 4: by cpu.max of cgroup v2, or the quota of v1. */
export function defaultThreads(read: ReadText = readText, processors = availableParallelism()): number {
  const share = cpuMax(read('/sys/fs/cgroup/cpu.max')) ?? quota(read) ?? Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(Math.round(share), processors, MOST_THREADS));
}

/** Of the form `max 100000` or `150000 100000`: quota and period in microseconds. */
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

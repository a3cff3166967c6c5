import { type ReadText, readText } from './read-text.ts';

/** What the process keeps for itself: libraries, logs, machines' addresses, the waiting rooms' slack. */
const OWN_DESCRIPTORS = 256;
/** A session is two descriptors: the client's and the endpoint's. */
const DESCRIPTORS_EACH = 2;
/** What a session may take of the container's memory: buffers of ours and of the kernel's. */
const BYTES_EACH = 64 * 1024;
/** Where nothing can be read (not Linux): what a usual `ulimit` of macOS allows. */
const UNKNOWN = 4096;

/**
 * How many sessions descriptors and the container's memory allow, all listeners together. `waiting` is
 * how many sockets may wait unserved.
 */
export function sessionCapacity(waiting: number, read: ReadText = readText): number {
  const descriptors = openFiles(read('/proc/self/limits'));
  const byDescriptors =
    descriptors === undefined ? UNKNOWN : (descriptors - OWN_DESCRIPTORS - waiting) / DESCRIPTORS_EACH;
  const memory = memoryLimit(read);
  const byMemory = memory === undefined ? Number.POSITIVE_INFINITY : memory / BYTES_EACH;
  return Math.max(Math.floor(Math.min(byDescriptors, byMemory)), 1);
}

/** The soft limit, which Node has raised to the hard one by now. */
function openFiles(limits: string | undefined): number | undefined {
  const match = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? '');
  if (match === null) return undefined;
  return match[1] === 'unlimited' ? 1 << 20 : Number(match[1]);
}

/** memory.max of cgroup v2, or the limit of v1; `max` and v1's huge number are none. */
function memoryLimit(read: ReadText): number | undefined {
  const text =
    read('/sys/fs/cgroup/memory.max') ?? read('/sys/fs/cgroup/memory/memory.limit_in_bytes') ?? 'max';
  const bytes = Number(text.trim());
  return Number.isFinite(bytes) && bytes > 0 && bytes < 2 ** 60 ? bytes : undefined;
}

import { readFileSync } from 'node:fs';
import { installed } from './contenders/installed.ts';

/** Who gets processors of its own where there are enough. */
export type Part = 'contender' | 'load' | 'endpoint';

/** A contender never has more than so many threads. */
const MOST_FOR_CONTENDER = 4;
/** Load generator, endpoint and contender: with fewer processors they share. */
const LEAST = 3;

const taskset = installed('taskset');
const allowed = allowedProcessors();
const apart = taskset !== null && allowed.length >= LEAST;

/** What stands before a command to bind it to the part's processors; nothing where all share them. */
export function binding(part: Part): readonly string[] {
  return apart ? [taskset!, '-c', processorsOf(part).join(',')] : [];
}

/** One fact for the head of the tables. */
export function describeBinding(): string {
  if (apart) {
    const parts = (['contender', 'load', 'endpoint'] as const).map(
      (part) => `${part} on ${processorsOf(part).join(', ')}`,
    );
    return `Processors: ${parts.join('; ')}`;
  }
  const why = taskset === null ? 'taskset is not installed' : `there are ${allowed.length}`;
  return `Processors: shared by contender, load generator and endpoint, for ${why}`;
}

/** The last for the endpoint, the one before for the load generator, what is left for the contender. */
function processorsOf(part: Part): readonly number[] {
  if (part === 'endpoint') return allowed.slice(-1);
  if (part === 'load') return allowed.slice(-2, -1);
  return allowed.slice(0, -2).slice(0, MOST_FOR_CONTENDER);
}

/** Those that this process may use: a container's are not always the first of the machine. */
function allowedProcessors(): number[] {
  if (process.platform !== 'linux') return [];
  const list = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, at) => first! + at);
  });
}

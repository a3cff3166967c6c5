import { readFileSync } from 'node:fs';
import { installed } from './contenders/installed.ts';

/** The parts that get processors of their own if there are enough. */
export type Part = 'contender' | 'load' | 'endpoint';

/** The largest number of threads of a contender. */
const MAX_FOR_CONTENDER = 4;
/** One each for load generator, endpoint and contender; with fewer, all share them. */
const LEAST = 3;

const taskset = installed('taskset');
const allowed = allowedProcessors();
const apart = taskset !== null && allowed.length >= LEAST;

/** The command prefix that binds a part to its processors; empty if all parts share them. */
export function binding(part: Part): readonly string[] {
  return apart ? [taskset!, '-c', processorsOf(part).join(',')] : [];
}

/** A line for the head of the tables. */
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

/** The last processor is the endpoint's, the one before the load generator's, the rest the contender's. */
function processorsOf(part: Part): readonly number[] {
  if (part === 'endpoint') return allowed.slice(-1);
  if (part === 'load') return allowed.slice(-2, -1);
  return allowed.slice(0, -2).slice(0, MAX_FOR_CONTENDER);
}

/** The processors that this process may use; in a container these are not always the first ones. */
function allowedProcessors(): number[] {
  if (process.platform !== 'linux') return [];
  const list = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, at) => first! + at);
  });
}

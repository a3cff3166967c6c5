import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import type { Contender } from './contender.ts';
import { installed, printed } from './contenders/installed.ts';
import { describeBinding } from './processors.ts';

/** Major and minor: what follows them names a build, which says nothing to a reader elsewhere. */
function kernelVersion(): string {
  return /^\d+\.\d+/.exec(release())?.[0] ?? 'of unknown version';
}

/** The machine and the versions of what runs on it, one fact a line. */
export function machineFacts(contenders: readonly Contender[]): string[] {
  const processors = cpus();
  const gibibytes = (totalmem() / 2 ** 30).toFixed(0);
  const load = loadavg().map((each) => each.toFixed(2));
  const versions = new Map(
    contenders.flatMap(({ title, version }) =>
      version === null ? [] : [[title.replace(/ .*/, ''), version]],
    ),
  );
  const wrk = installed('wrk');
  if (wrk !== null)
    versions.set('wrk', /wrk (?:debian\/)?(\S+)/.exec(printed(wrk, '-v'))?.[1] ?? 'of unknown version');
  return [
    `Machine: ${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'} (${arch()}), ${gibibytes} GiB, Linux ${kernelVersion()}`,
    `Load of the machine at the start, over 1, 5 and 15 minutes: ${load.join(', ')}`,
    describeBinding(),
    `Versions: ${[...versions].map(([name, version]) => `${name} ${version}`).join(', ')}, Node ${process.versions.node}`,
  ];
}

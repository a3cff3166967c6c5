import type { Config, ListenerOptions, ProcessOptions } from './config.ts';
import {
  checkCluster,
  checkListeners,
  checkMachineAddresses,
  checkTransparentEngine,
} from './config-checks.ts';
import { ConfigError, type ConfigProblem, spelledOut } from './config-error.ts';
import { hashOf, writtenFile } from './file-values.ts';
import { checkListener } from './listener-checks.ts';
import { readListener, readProcess } from './read-options.ts';
import type { Settings, WrittenListener } from './setting.ts';
import { type Warning, warningsOf } from './warnings.ts';

/** A configuration as it was written, whatever it was written in. */
export interface WrittenConfig {
  readonly process: Settings;
  readonly listeners: readonly WrittenListener[];
  readonly inCluster: boolean;
  /** There is a file that can be read again. */
  readonly fromFile: boolean;
  /** Names the place of an option of the process in a message. */
  readonly place: (key: string) => string;
  /** What was found wrong before. */
  readonly problems: readonly ConfigProblem[];
  readonly remarks: readonly string[];
  /** What deserves a word at the start, besides what the options do. */
  readonly warnings: readonly string[];
}

/** Reads, completes and checks all of it. Throws a `ConfigError` that holds every mistake. */
export function completeConfig(written: WrittenConfig): Config {
  const problems = [...written.problems];
  const settings = withThreads(written);
  const process = readProcess(settings, written.inCluster, problems);
  const drafts = written.listeners.map((listener) => {
    const draft = readListener(listener, problems);
    problems.push(...checkListener(draft));
    return draft;
  });
  problems.push(
    ...checkListeners(drafts),
    ...checkMachineAddresses(process, drafts, written.place),
    ...checkCluster(process, drafts, written.place),
    ...checkTransparentEngine(process, drafts, written.place),
  );
  if (process.watchConfig && !written.fromFile) problems.push(nothingToWatch(written.place('watchConfig')));
  if (problems.length > 0) throw new ConfigError(problems);
  // Without a problem nothing is missing.
  const listeners = drafts.map(({ values }) => values as ListenerOptions);
  const file = writtenFile(settings, written.inCluster, written.listeners);
  return {
    process: process as ProcessOptions,
    listeners,
    warnings: [
      ...written.warnings,
      ...warningLines(
        drafts.flatMap((draft, at) => warningsOf(listeners[at]!, draft, process.nodeName ?? null)),
      ),
    ],
    remarks: written.remarks,
    written: file,
    hash: hashOf(file),
  };
}

function warningLines(warnings: readonly Warning[]): string[] {
  return spelledOut(
    warnings,
    ({ kind }) => kind,
    ({ text }) => text,
    (kind, more) => `and ${more} more warnings about ${kind}`,
  );
}

/** A sidecar shares its pod's processors with the application: one thread, unless somebody asked for more. */
function withThreads({ process, listeners }: WrittenConfig): Settings {
  const sidecar = listeners.every(({ role }) => role === 'sidecar');
  if (!sidecar || process.has('threads')) return process;
  return new Map([...process, ['threads', { texts: ['1'], place: 'threads' }]]);
}

function nothingToWatch(option: string): ConfigProblem {
  const message = 'there is no file to watch; this option is for herald run --config FILE';
  return { code: 'nothing_to_watch', option, expected: 'herald run --config FILE', got: 'true', message };
}

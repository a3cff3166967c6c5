import type { Config, ListenerOptions, ProcessOptions } from './config.ts';
import {
  checkCluster,
  checkEngine,
  checkListeners,
  checkNodeEcho,
  checkOpsAddresses,
} from './config-checks.ts';
import { ConfigError, type ConfigProblem, spelledOut } from './config-error.ts';
import { hashOf, writtenFile } from './file-values.ts';
import { checkListener } from './listener-checks.ts';
import { readListener, readProcess } from './read-options.ts';
import type { Settings, Spell, WrittenListener } from './setting.ts';
import { nodeEchoWarnings, type Warning, warningsOf } from './warnings.ts';

/** A configuration as written, from whatever origin: texts under keys, nothing parsed yet. */
export interface WrittenConfig {
  readonly process: Settings;
  readonly listeners: readonly WrittenListener[];
  readonly inCluster: boolean;
  /** Where its listeners come from. Only a file can be reloaded; those of a cluster come later, as its objects say. */
  readonly from: 'flags' | 'file' | 'value' | 'cluster';
  /** Options of `herald gateway`. */
  readonly gateway?: Settings;
  /** Where an option of the process was written, for messages. */
  readonly place: (key: string) => string;
  /** How an option of the process that nobody wrote is called in messages. */
  readonly spell: Spell;
  /** Problems found so far. */
  readonly problems: readonly ConfigProblem[];
  readonly remarks: readonly string[];
  /** Warnings found so far; those about option values are added here. */
  readonly warnings: readonly string[];
}

/** Parses, completes and checks a written configuration. Throws a `ConfigError` with every mistake. */
export function completeConfig(written: WrittenConfig): Config {
  const problems = [...written.problems];
  const settings = withThreads(written);
  const ofProcess = { settings, place: written.place, spell: written.spell };
  const process = readProcess(settings, written.inCluster, problems);
  const drafts = written.listeners.map((listener) => {
    const draft = readListener(listener, problems);
    problems.push(...checkListener(draft));
    return draft;
  });
  problems.push(
    ...checkListeners(drafts),
    ...checkOpsAddresses(process, drafts, ofProcess),
    ...(written.from === 'cluster' ? [] : checkCluster(process, drafts, ofProcess)),
    ...checkNodeEcho(process, ofProcess),
    ...checkEngine(process, drafts, written.place),
  );
  if (process.watchConfig && written.from !== 'file')
    problems.push(nothingToWatch(written.place('watchConfig')));
  if (problems.length > 0) throw new ConfigError(problems, written.warnings);
  // No problem means that no value is missing.
  const listeners = drafts.map(({ values }) => values as ListenerOptions);
  const file = writtenFile(settings, written.inCluster, written.listeners, written.gateway);
  return {
    process: process as ProcessOptions,
    listeners,
    warnings: [
      ...written.warnings,
      ...warningLines(
        drafts.flatMap((draft, at) => warningsOf(listeners[at]!, draft, process.nodeName ?? null)),
      ),
      ...(written.from === 'cluster' ? [] : nodeEchoWarnings(process, listeners, ofProcess)),
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

/** A sidecar shares the processors of its pod with the application: one thread by default. */
function withThreads(written: WrittenConfig): Settings {
  const { process, listeners, from } = written;
  const sidecar = from !== 'cluster' && listeners.every(({ role }) => role === 'sidecar');
  if (!sidecar || process.has('threads')) return process;
  return new Map([
    ...process,
    ['threads', { texts: ['1'], place: 'threads', name: 'threads', spell: written.spell }],
  ]);
}

function nothingToWatch(option: string): ConfigProblem {
  const message = 'there is no file to watch; this option is for herald run --config FILE';
  return { code: 'nothing_to_watch', option, expected: 'herald run --config FILE', got: 'true', message };
}

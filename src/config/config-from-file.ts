import { completeConfig } from './complete-config.ts';
import type { Config } from './config.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { commonSettings, type Environment, isInCluster, readEnvironment } from './environment.ts';
import { readDocument } from './file-document.ts';
import { flagOf } from './option.ts';
import { readContent } from './read-content.ts';
import { type Flags, flagSettings } from './setting.ts';
import { pathText } from './show-value.ts';

/**
 * `herald run`: listeners from a file; options of the process from flags, else environment, else file.
 * `problems` are mistakes of the command line found before. Throws a `ConfigError` with all mistakes: first those
 * of flags and environment, then those of the file in the order of its lines.
 */
export function configFromFile(
  file: string,
  flags: Flags,
  env: Environment,
  problems: readonly ConfigProblem[] = [],
): Config {
  const lines = new Map<string, number>();
  try {
    return read(file, flags, env, problems, lines);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lineOf = ({ option }: ConfigProblem) => lines.get(option) ?? 0;
    throw new ConfigError(
      error.problems.toSorted((a, b) => lineOf(a) - lineOf(b)),
      error.warnings,
    );
  }
}

/** Fills `lines` with the line of each place that a problem can name. */
function read(
  file: string,
  flags: Flags,
  env: Environment,
  problems: readonly ConfigProblem[],
  lines: Map<string, number>,
): Config {
  const written = readOrFail(file, problems, lines);
  const environment = readEnvironment(env, ['process'], ['HERALD_CONFIG']);
  const { settings, remarks } = environment;
  const notes = {
    problems: [...problems, ...environment.problems, ...written.problems],
    warnings: [...environment.warnings, ...written.warnings],
  };
  const ofFlags = flagSettings(flags, notes);
  const process = new Map([...commonSettings(env), ...written.process, ...settings, ...ofFlags]);
  return completeConfig({
    process,
    listeners: written.listeners,
    inCluster: isInCluster(env),
    from: 'file',
    place: (key) => process.get(key)?.place ?? flagOf(key),
    spell: flagOf,
    ...notes,
    remarks,
  });
}

/** If the file cannot be read at all, the error still has the mistakes of the command line. */
function readOrFail(file: string, problems: readonly ConfigProblem[], lines: Map<string, number>) {
  try {
    const { content, lineOf } = readDocument(file);
    return readContent(content, (path) => {
      const line = lineOf(path);
      const place = path.length === 0 ? `${file}:${line}` : `${file}:${line}: ${pathText(path)}`;
      lines.set(place, line);
      return place;
    });
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError([...problems, ...error.problems]) : error;
  }
}

import { completeConfig } from './complete-config.ts';
import type { Config } from './config.ts';
import { type Environment, isInCluster } from './environment.ts';
import { readContent } from './read-content.ts';
import { pathText } from './show-value.ts';

/**
 * A configuration as a value in the shape of a file, for programs that use Herald as a library. The environment says
 * only whether this is a cluster. Throws a `ConfigError` with every mistake.
 */
export function configFromValue(value: unknown, env: Environment): Config {
  const placeOf = (path: readonly (string | number)[]) => (path.length === 0 ? 'config' : pathText(path));
  const { process, listeners, problems, warnings } = readContent(value, placeOf);
  const place = (key: string) => placeOf([key]);
  return completeConfig({
    process,
    listeners,
    inCluster: isInCluster(env),
    from: 'value',
    place,
    spell: (key) => key,
    problems,
    remarks: [],
    warnings,
  });
}

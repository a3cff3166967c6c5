import type { ConfigProblem } from './config-error.ts';
import { FORMER_NAMES, meantName, underPresentNames } from './former-names.ts';
import { knownOptions, type Scope } from './known-options.ts';
import { nearestWord } from './nearest-word.ts';
import { variableOf } from './option.ts';
import type { Setting, Settings } from './setting.ts';

export interface Environment {
  readonly [name: string]: string | undefined;
}

/** True in a pod of Kubernetes. */
export function isInCluster(env: Environment): boolean {
  return isSet(env.KUBERNETES_SERVICE_HOST);
}

export interface ReadEnvironment {
  readonly settings: Settings;
  /** One for each unknown `HERALD_*` variable; Kubernetes sets some for a Service named herald. */
  readonly remarks: readonly string[];
  /** One for each variable that is probably misspelled, and one for each former name. */
  readonly warnings: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

/** Reads the variables of the options of these scopes. `others` are variables that are read elsewhere. */
export function readEnvironment(
  env: Environment,
  scopes: readonly Scope[],
  others: readonly string[] = [],
): ReadEnvironment {
  const settings = new Map<string, Setting>();
  const known = new Set(others);
  const keyOf = new Map<string, string>();
  for (const scope of scopes) {
    const options = knownOptions(scope);
    const former = Object.entries(FORMER_NAMES).flatMap(([key, present]) => {
      const arity = options.get(present);
      return arity === undefined ? [] : [[key, arity] as const];
    });
    for (const [key, arity] of [...options, ...former]) {
      const name = variableOf(key);
      known.add(name);
      keyOf.set(name, key);
      const text = env[name];
      if (!isSet(text)) continue;
      // If commas belong to the text, values are separated by lines.
      settings.set(key, {
        texts: arity === 'repeated' ? text.split('\n').filter(isSet) : [text],
        place: name,
        name,
        spell: variableOf,
      });
    }
  }
  const isUnknown = (name: string) => name.startsWith(OURS) && !known.has(name) && !OF_HERALD.includes(name);
  const unknown = Object.keys(env).filter(isUnknown);
  const ends = [...known].map((name) => name.slice(OURS.length));
  const remarks: string[] = [];
  const warnings: string[] = [];
  const problems: ConfigProblem[] = [];
  for (const name of unknown.sort()) {
    const ignored = `${name} is not an option here and is ignored`;
    const near =
      isOfKubernetes(name) || !isSet(env[name]) ? undefined : nearestWord(name.slice(OURS.length), ends);
    if (near === undefined) remarks.push(ignored);
    else {
      const meant = keyOf.get(OURS + near);
      warnings.push(
        `${ignored}; did you mean ${meant === undefined ? OURS + near : meantName(meant, variableOf)}?`,
      );
    }
  }
  const present = underPresentNames(
    settings,
    { name: variableOf, place: variableOf },
    { problems, warnings },
  );
  return { settings: present, remarks, warnings, problems };
}

const OURS = 'HERALD_';
/** What one Herald tells another that succeeds it: nothing that somebody configures, or could have misspelled. */
const OF_HERALD = ['HERALD_TAKE_OVER'];

/**
 * True for the variables that the kubelet sets for a Service `herald`, `herald-…` or `herald-metrics`: `HERALD_PORT`,
 * `HERALD_SERVICE_PORT_HTTPS`, `HERALD_METRICS_SERVICE_HOST`, `HERALD_PORT_443_TCP_ADDR`. No option has such a name.
 */
function isOfKubernetes(name: string): boolean {
  return /_(?:SERVICE_HOST|SERVICE_PORT(?:_.+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/.test(
    name,
  );
}

/** Settings from variables that are not named HERALD_*; every other origin takes precedence. */
export function commonSettings(env: Environment): Settings {
  const { NODE_NAME: node } = env;
  return new Map(
    isSet(node)
      ? [['nodeName', { texts: [node], place: 'NODE_NAME', name: 'NODE_NAME', spell: variableOf }]]
      : [],
  );
}

/** An empty variable counts as not set: a manifest cannot remove an inherited variable, only empty it. */
function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

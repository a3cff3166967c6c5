import type { ConfigProblem } from './config-error.ts';
import { FORMER_NAMES, underPresentNames } from './former-names.ts';
import { knownOptions, type Scope } from './known-options.ts';
import { nearestWord } from './nearest-word.ts';
import { variableOf } from './option.ts';
import type { Setting, Settings } from './setting.ts';

export interface Environment {
  readonly [name: string]: string | undefined;
}

/** True where Kubernetes started us. */
export function isInCluster(env: Environment): boolean {
  return isSet(env.KUBERNETES_SERVICE_HOST);
}

export interface ReadEnvironment {
  readonly settings: Settings;
  /** One for each `HERALD_*` variable that says nothing: Kubernetes puts some beside a Service of our name. */
  readonly remarks: readonly string[];
  /** One for each that is nearly one of ours, and one for each former name. */
  readonly warnings: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

/** What the environment says about the options of these scopes. `others` are variables that somebody else reads. */
export function readEnvironment(
  env: Environment,
  scopes: readonly Scope[],
  others: readonly string[] = [],
): ReadEnvironment {
  const settings = new Map<string, Setting>();
  const known = new Set(others);
  for (const scope of scopes) {
    const options = knownOptions(scope);
    const former = Object.entries(FORMER_NAMES).flatMap(([key, present]) => {
      const arity = options.get(present);
      return arity === undefined ? [] : [[key, arity] as const];
    });
    for (const [key, arity] of [...options, ...former]) {
      const name = variableOf(key);
      known.add(name);
      const text = env[name];
      if (!isSet(text)) continue;
      // Where commas belong to the text, a variable still has lines.
      settings.set(key, {
        texts: arity === 'repeated' ? text.split('\n').filter(isSet) : [text],
        place: name,
      });
    }
  }
  const unknown = Object.keys(env).filter((name) => name.startsWith(OURS) && !known.has(name));
  const ends = [...known].map((name) => name.slice(OURS.length));
  const remarks: string[] = [];
  const warnings: string[] = [];
  const problems: ConfigProblem[] = [];
  for (const name of unknown.sort()) {
    const ignored = `${name} is not an option here and is ignored`;
    const near =
      isOfKubernetes(name) || !isSet(env[name]) ? undefined : nearestWord(name.slice(OURS.length), ends);
    if (near === undefined) remarks.push(ignored);
    else warnings.push(`${ignored}; did you mean ${OURS}${near}?`);
  }
  const present = underPresentNames(
    settings,
    { name: variableOf, place: variableOf },
    { problems, warnings },
  );
  return { settings: present, remarks, warnings, problems };
}

const OURS = 'HERALD_';

/**
 * True for what the kubelet puts into each pod beside a Service `herald`, `herald-…` or `herald-metrics`: `HERALD_PORT`,
 * `HERALD_SERVICE_PORT_HTTPS`, `HERALD_METRICS_SERVICE_HOST`, `HERALD_PORT_443_TCP_ADDR`. No option's name is like these.
 */
function isOfKubernetes(name: string): boolean {
  return /_(?:SERVICE_HOST|SERVICE_PORT(?:_.+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/.test(
    name,
  );
}

/** What the environment says under names that are not ours: less than a file does. */
export function commonSettings(env: Environment): Settings {
  const { NODE_NAME: node } = env;
  return new Map(isSet(node) ? [['nodeName', { texts: [node], place: 'NODE_NAME' }]] : []);
}

/** An empty variable counts as not set: manifests can't take a variable away, but can empty it. */
function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

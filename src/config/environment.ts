import { knownOptions, type Scope } from './known-options.ts';
import { variableOf } from './option.ts';
import type { Setting, Settings } from './setting.ts';

export interface Environment {
  readonly [name: string]: string | undefined;
}

/** True where Kubernetes started us. */
export function isInCluster(env: Environment): boolean {
  return isSet(env.KUBERNETES_SERVICE_HOST);
}

/**
 * What the environment says about the options of these scopes, and a remark for each `HERALD_*` variable
 * that says nothing: Kubernetes itself puts some beside a Service of our name, so none is an error.
 * `others` are variables that somebody else reads.
 */
export function readEnvironment(
  env: Environment,
  scopes: readonly Scope[],
  others: readonly string[] = [],
): { readonly settings: Settings; readonly remarks: readonly string[] } {
  const settings = new Map<string, Setting>();
  const known = new Set(others);
  for (const scope of scopes) {
    for (const [key, arity] of knownOptions(scope)) {
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
  const remarks = Object.keys(env)
    .filter((name) => name.startsWith('HERALD_') && !known.has(name))
    .sort()
    .map((name) => `${name} is no option here and ignored`);
  return { settings, remarks };
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

import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { ScriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';

/** What tests do to the objects of a cluster: the scripted API, or a real one behind `HERALD_KUBECONFIG_TEST`. */
export interface ClusterApi {
  /** The path of the file by which Herald reaches it. */
  readonly kubeconfig: string;
  /** Creates or changes an object, with the status that it has, if any. */
  put(object: ApiObject): Promise<void>;
  remove(kind: string, name: string, namespace?: string): Promise<void>;
  get(kind: string, name: string, namespace?: string): Promise<ApiObject | undefined>;
  all(kind: string): Promise<readonly ApiObject[]>;
  /** Resolves with the first result that is not undefined; looks again after each change. */
  until<T>(find: () => Promise<T | undefined>): Promise<T>;
  /** What only a scripted API can be made to do; null for a real one. */
  readonly scripted: ScriptedKubernetes | null;
}

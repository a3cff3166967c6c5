import type { ApiWrite, KubernetesClient, ObjectReply } from '../../src/discovery/kubernetes/api-client.ts';
import { type ApiFailure, type FailureCode, failure } from '../../src/discovery/kubernetes/failure.ts';
import { createConditions } from '../helpers/conditions.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of the API, of which tests read any field
export type Json = any;

export interface FakeRequest {
  readonly verb: ApiWrite['verb'] | 'get';
  readonly path: string;
  readonly body: Json;
}

type Answer = ApiFailure | (() => void) | 'lost';

/** An API server in memory: paths and their objects, with versions, conflicts and merge patches. */
export class FakeApi {
  readonly objects = new Map<string, Json>();
  readonly requests: FakeRequest[] = [];
  /** Before a request is carried out, and before its answer is back. */
  delay: () => Promise<void> = async () => {};
  /** Changes what is stored, as an API server that does not know a field. */
  admit: (object: Json) => Json = (object) => object;
  readonly #answers: Answer[] = [];
  readonly #conditions = createConditions();
  #version = 0;

  /** The next requests fail so. A function is run before the request is carried out; `lost`: it is, but its answer is lost. */
  answerNext(...answers: readonly (FailureCode | Answer)[]): void {
    for (const each of answers) {
      const isCode = typeof each === 'string' && each !== 'lost';
      this.#answers.push(isCode ? failure(each, 'as the test says') : each);
    }
  }

  put(path: string, object: Json): Json {
    const version = `${++this.#version}`;
    const stored = this.admit(structuredClone(object));
    stored.metadata = { uid: `uid-${version}`, ...stored.metadata, resourceVersion: version };
    this.objects.set(path, stored);
    this.#conditions.touch();
    return stored;
  }

  /** Resolves once there have been so many requests of this verb. */
  asked(verb: FakeRequest['verb'], times: number): Promise<void> {
    return this.#conditions.until(() => this.of(verb).length >= times);
  }

  of(verb: FakeRequest['verb']): readonly FakeRequest[] {
    return this.requests.filter((each) => each.verb === verb);
  }

  get client(): Pick<KubernetesClient, 'get' | 'send'> {
    return {
      get: (path, signal) => this.#ask({ verb: 'get', path, body: undefined }, signal),
      send: ({ verb, path, body }, signal) => this.#ask({ verb, path, body }, signal),
    };
  }

  async #ask(request: FakeRequest, signal: AbortSignal): Promise<ObjectReply> {
    const stopped = () => failure('stopped', 'the request was cancelled');
    if (signal.aborted) return stopped();
    this.requests.push(structuredClone(request));
    const answer = this.#answers.shift();
    this.#conditions.touch();
    let stop = () => {};
    const cancelled = new Promise<void>((resolve) => {
      stop = resolve;
      signal.addEventListener('abort', stop);
    });
    // A request that is cancelled may have left already.
    const carriedOut = this.delay().then(() => {
      if (typeof answer === 'object') return answer;
      if (typeof answer === 'function') answer();
      const reply = this.#carryOut(request);
      return answer === 'lost' ? failure('reset', 'the answer was lost') : reply;
    });
    const reply = carriedOut.then(async (given) => {
      await this.delay();
      return given;
    });
    const given = await Promise.race([reply, cancelled]);
    signal.removeEventListener('abort', stop);
    return given ?? stopped();
  }

  #carryOut({ verb, path: asked, body }: FakeRequest): ObjectReply {
    const path = asked.replace(/\?.*$/, '').replace(/\/status$/, '');
    if (verb === 'create') {
      const { name, generateName } = body.metadata;
      const at = `${path}/${name ?? `${generateName}${this.#version}`}`;
      if (this.objects.has(at)) return failure('exists', 'it exists');
      return { object: structuredClone(this.put(at, body)) };
    }
    const before = this.objects.get(path);
    if (before === undefined) return failure('not_found', 'it does not exist');
    if (verb === 'get') return { object: structuredClone(before) };
    const { resourceVersion, uid } = (verb === 'delete' ? body?.preconditions : body.metadata) ?? {};
    if ((resourceVersion ?? before.metadata.resourceVersion) !== before.metadata.resourceVersion)
      return failure('conflict', 'it has changed');
    if ((uid ?? before.metadata.uid) !== before.metadata.uid) return failure('conflict', 'another uid');
    if (verb === 'delete') {
      this.objects.delete(path);
      this.#conditions.touch();
      return { object: {} };
    }
    return { object: structuredClone(this.put(path, verb === 'update' ? body : merge(before, body))) };
  }
}

/** RFC 7396. */
function merge(before: Json, patch: Json): Json {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged = { ...(typeof before === 'object' && !Array.isArray(before) ? before : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

/** Lets everything run that waits for nothing but promises. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 5; round++) await new Promise(setImmediate);
}

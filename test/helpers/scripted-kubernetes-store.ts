import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ApiObject } from './kubernetes-objects.ts';
import type { Owners } from './scripted-kubernetes-fields.ts';
import { keyOf } from './scripted-kubernetes-request.ts';

/** A change, as a watch reports it. */
export interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ApiObject;
  /** The object before it; undefined if there was none. */
  readonly before: ApiObject | undefined;
}

/** The objects of the scripted API, their versions, and the history that watches read. */
export class ObjectStore {
  /** Watches from older versions have expired. */
  forgotten = 0;
  readonly #objects = new Map<string, ApiObject>();
  readonly #owners = new Map<string, Owners>();
  readonly #changes: Change[] = [];
  readonly #changed: (change: Change) => void;
  #version = 1000;

  constructor(changed: (change: Change) => void) {
    this.#changed = changed;
  }

  get version(): number {
    return this.#version;
  }

  get(key: string): ApiObject | undefined {
    return this.#objects.get(key);
  }

  all(): readonly ApiObject[] {
    return [...this.#objects.values()];
  }

  since(version: number): readonly Change[] {
    return this.#changes.filter((change) => change.version > version);
  }

  owners(key: string): Owners {
    return this.#owners.get(key) ?? new Map();
  }

  /**
   * Stores an object. What identifies it stays as it was, or is made up; its generation counts changes of everything but
   * metadata and status. An object without a status keeps the one that it had.
   */
  put(object: ApiObject, owners?: Owners): ApiObject {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    const status = object.status ?? before?.status;
    const last = before?.metadata.generation ?? 0;
    const counted = before === undefined || hasNewSpec(before, object) ? last + 1 : last;
    // A test may say what it is.
    const { generation: given = last } = object.metadata;
    const generation = given === last ? counted : given;
    const { uid = randomUUID(), creationTimestamp = now() } = before?.metadata ?? {};
    const metadata = { uid, creationTimestamp, ...object.metadata, generation };
    if (owners !== undefined) this.#owners.set(key, owners);
    const full = { ...object, metadata, ...(status === undefined ? {} : { status }) };
    return this.#commit(before === undefined ? 'ADDED' : 'MODIFIED', key, full, before);
  }

  remove(key: string): ApiObject {
    const before = this.#objects.get(key);
    if (before === undefined) throw new Error(`no such object: ${key}`);
    this.#owners.delete(key);
    return this.#commit('DELETED', key, before, before);
  }

  forget(): void {
    this.forgotten = ++this.#version;
  }

  /** As a storage that was restored from a backup: the same objects, with smaller versions than those seen before. */
  restore(): void {
    this.#version = 500;
    this.forgotten = 0;
    this.#changes.length = 0;
  }

  #commit(type: Change['type'], key: string, object: ApiObject, before: ApiObject | undefined): ApiObject {
    const version = ++this.#version;
    const metadata = { ...object.metadata, resourceVersion: `${version}` };
    const stored = { ...object, metadata };
    if (type === 'DELETED') this.#objects.delete(key);
    else this.#objects.set(key, stored);
    const change = { version, type, object: stored, before };
    this.#changes.push(change);
    this.#changed(change);
    return stored;
  }
}

function hasNewSpec(before: ApiObject, after: ApiObject): boolean {
  const specOf = ({ metadata: _, status: __, ...rest }: ApiObject) => rest;
  return !isDeepStrictEqual(specOf(before), specOf(after));
}

/** To the second, as the API has its times. */
function now(): string {
  return new Date().toISOString().replace(/\.\d+/, '');
}

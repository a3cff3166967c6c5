import type { ServerResponse } from 'node:http';
import type { ApiObject } from './kubernetes-objects.ts';
import { type ApiRequest, matcherOf } from './scripted-kubernetes-request.ts';
import type { Change } from './scripted-kubernetes-store.ts';
import { type Response, reset, writeTo } from './scripted-kubernetes-wire.ts';

interface OpenWatch {
  readonly request: ApiRequest;
  readonly matches: (object: ApiObject) => boolean;
}

/** The open watches of the scripted API. */
export class Watches {
  readonly #open = new Map<Response, OpenWatch>();
  readonly #touched: () => void;

  constructor(touched: () => void) {
    this.#touched = touched;
  }

  /** Answers a watch with these changes and all later ones. */
  add(response: Response, request: ApiRequest, changes: readonly Change[]): void {
    const watch = { request, matches: matcherOf(request) };
    response.writeHead(200, { 'content-type': 'application/json' });
    (response as ServerResponse).flushHeaders();
    response.on('error', () => {});
    this.#open.set(response, watch);
    response.on('close', () => {
      this.#open.delete(response);
      this.#touched();
    });
    for (const change of changes) send(response, watch, change);
  }

  tell(change: Change): void {
    for (const [response, watch] of this.#open) send(response, watch, change);
  }

  bookmark(version: number): void {
    for (const [response, { request }] of this.#open) {
      const metadata = { resourceVersion: `${version}` };
      // E7: as a real server writes it.
      const object = { kind: request.kind, metadata, addressType: '', endpoints: null, ports: null };
      writeTo(response, `${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    }
  }

  write(kind: string, bytes: string | Uint8Array): void {
    for (const [response, { request }] of this.#open) if (request.kind === kind) writeTo(response, bytes);
  }

  /** Ends those of a kind, or all. */
  end(kind?: string): void {
    for (const [response, { request }] of this.#open) {
      if (kind === undefined || request.kind === kind) response.end();
    }
  }

  break(): void {
    for (const response of this.#open.keys()) reset(response);
  }

  count(kind: string): number {
    return [...this.#open.values()].filter(({ request }) => request.kind === kind).length;
  }
}

/** An object as a request asked for it: every served version of a custom kind has the same fields. */
export function inVersion(object: ApiObject, { type, group, version }: ApiRequest): ApiObject {
  return type?.isCustom ? { ...object, apiVersion: `${group}/${version}` } : object;
}

/** For a watch with a selector, an object that stops to match has gone, and one that begins to has come. */
function send(response: Response, { request, matches }: OpenWatch, { type, object, before }: Change): void {
  const was = before !== undefined && matches(before);
  const is = type !== 'DELETED' && matches(object);
  if (!was && !is) return;
  const told = is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED';
  writeTo(response, `${JSON.stringify({ type: told, object: inVersion(object, request) })}\n`);
}

import type { ApiFailure } from '../failure.ts';

// The common interface of HTTP/2 and HTTP/1.1 connections: a connection takes requests, and each has one response.

/** A list and a call (which reads or writes one object) end soon, a watch lasts for minutes. */
export type RequestKind = 'list' | 'watch' | 'call';

export interface RequestMessage {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Includes the query. */
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly body: Buffer | null;
}

/** A response whose head has arrived. Its body must be read once, or the request cancelled. */
export interface ApiAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  /** Passes the bytes on as they arrive, and then, once, how the body ended: null if it is complete. */
  read(onChunk: (chunk: Buffer) => void, onEnd: (failure: ApiFailure | null) => void): void;
}

export interface Request {
  /** Never rejects. */
  readonly answer: Promise<ApiAnswer | ApiFailure>;
  /** It failed, and it is certain that the server has not acted on it. */
  readonly isUnsent: boolean;
  /** Ends the request in any state. */
  cancel(): void;
}

export interface ApiConnection {
  readonly isHttp2: boolean;
  /** The server has responded over it. An accepted connection proves nothing if a balancer is in between. */
  readonly isProven: boolean;
  /** It will never take another request. With HTTP/2, some may still be running. */
  readonly isClosed: boolean;
  /** No request is running. */
  readonly isIdle: boolean;
  /** Whether it can take one more request of this kind now. */
  hasRoom(kind: RequestKind): boolean;
  send(message: RequestMessage, kind: RequestKind): Request;
  /**
   * A response is late. With HTTP/2 the connection has no room until the peer has answered a ping, and is destroyed if it does not
   * soon. With HTTP/1.1 nothing happens: the request that is late has the connection for itself.
   */
  check(): void;
  /** Takes no more requests, and closes once the running ones have ended. */
  retire(): void;
  destroy(): void;
}

export interface RequestHeaders {
  readonly [name: string]: string;
}

/** Events for the owner of a connection. */
export interface ConnectionEvents {
  /** It may have room again. */
  freed(): void;
  /** It is closed. */
  closed(): void;
}

import type { ApiFailure } from '../failure.ts';

// What HTTP/2 and HTTP/1.1 have in common for those who ask: a connection takes GETs, and each has one answer.

/** A list ends soon, a watch lasts for minutes. */
export type RequestKind = 'list' | 'watch';

/** The head of an answer is here; its body is read once, or the request is cancelled. */
export interface ApiAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  /** Hands over the bytes as they come, and then, once, how it ended: null where the body is whole. */
  read(take: (chunk: Buffer) => void, end: (failure: ApiFailure | null) => void): void;
}

export interface Request {
  /** Never rejects. */
  readonly answer: Promise<ApiAnswer | ApiFailure>;
  /** Ends it, however far it is. */
  cancel(): void;
}

export interface ApiConnection {
  readonly isHttp2: boolean;
  /** The server has answered over it: that it was accepted proves nothing where a balancer stands before it. */
  readonly isProven: boolean;
  /** It takes no request ever again; of HTTP/2 some may still run. */
  readonly isClosed: boolean;
  /** Nothing runs over it. */
  readonly isIdle: boolean;
  /** Whether it takes one more request of that kind now. */
  hasRoom(kind: RequestKind): boolean;
  /** GET of `path` with its query. */
  get(path: string, headers: RequestHeaders, kind: RequestKind): Request;
  /** Takes no more requests, and closes once those that run have ended. */
  retire(): void;
  destroy(): void;
}

export interface RequestHeaders {
  readonly [name: string]: string;
}

/** What its owner is told. */
export interface ConnectionEvents {
  /** It may have room again. */
  freed(): void;
  /** It is gone. */
  closed(): void;
}

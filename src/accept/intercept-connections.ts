import { type Server, Socket } from 'node:net';
import { admit } from '../session/admission.ts';
import { HeaderReader } from '../session/header-reader.ts';
import type { AcceptPlan } from './accept-options.ts';
import { acceptedOf, createAccepted, present } from './accepted.ts';
import { type HeaderOutcome, HeaderPhase, type HeaderRefusal } from './header-phase.ts';
import { overrideMethod } from './override-method.ts';
import { type Peer, peerOf } from './peer-of.ts';
import { PendingHeaders } from './pending-headers.ts';
import type { Refusal } from './refusal.ts';
import { resetSocket } from './reset-socket.ts';

/** The handle that `acceptProxyProtocol` returns. */
export interface AcceptHandle {
  /** How many sockets are waiting for their header. */
  readonly pending: number;
  /** Stops intercepting: new connections go to the server directly, and those waiting for their header are reset. */
  close(): void;
}

const MAX_FIRST_BYTES = 64;
const NOTHING = new Uint8Array(0);

const intercepted = new WeakSet<Server>();

/**
 * Overrides `emit` of the server, so that it does not matter who listens for `connection` or since when: the event is
 * emitted once the header is complete. Waiting sockets count for `getConnections` and `maxConnections` like all others,
 * and `server.close()` resets them.
 */
export function interceptConnections(server: Server, plan: AcceptPlan): AcceptHandle {
  if (intercepted.has(server))
    throw new Error('acceptProxyProtocol: this server already accepts the PROXY protocol');
  intercepted.add(server);
  const { admission, onRefused } = plan;
  const pending = new PendingHeaders(plan.maxPending);
  let active = true;

  const emit = overrideMethod(server, 'emit', (original, args: unknown[]) => {
    const [event, first, second] = args;
    if (event === 'connection' && active && first instanceof Socket && acceptedOf(first) === undefined) {
      admitSocket(first);
      return true;
    }
    // The TLS socket takes the client over from the raw socket below it, before a listener of http or http2 reads it.
    if (event === 'secureConnection') carryOver(first);
    else if (event === 'tlsClientError') carryOver(second);
    return original(...args);
  });

  const close = overrideMethod(server, 'close', (original, args: unknown[]) => {
    const result = original(...args);
    // Waiting sockets would delay the server's `close` event until their deadline, and nobody would serve them.
    pending.abandon();
    return result;
  });

  function admitSocket(socket: Socket): void {
    const peer = peerOf(server, socket);
    if (peer === undefined) {
      drop(socket);
      return;
    }
    const rule = admit(admission, peer.ip);
    if (rule === 'untrusted') {
      drop(socket);
      refused(peer, { reason: 'untrusted', detail: null, bytes: NOTHING });
      return;
    }
    if (rule === 'headerless') {
      present(socket, createAccepted(null, peer.address));
      emit.original('connection', socket);
      return;
    }
    const deadline = performance.now() + admission.headerTimeoutMs;
    const report = (phase: HeaderPhase, outcome: HeaderOutcome): void => {
      pending.delete(phase);
      if (outcome.kind === 'refused') refused(peer, outcome);
      if (outcome.kind !== 'accepted') return;
      present(socket, createAccepted(outcome.header, peer.address));
      emit.original('connection', socket);
    };
    pending.add(new HeaderPhase(socket, new HeaderReader(admission, rule), deadline, report));
  }

  /** Calls `onRefused` in a microtask, so that an error thrown there does not interrupt the handling of sockets. */
  function refused(peer: Peer, { reason, detail, bytes }: HeaderRefusal): void {
    // `probe` is the only ending of a header phase that is not a refusal. Asking the table of reasons instead would make
    // this package larger by an eighth.
    if (reason === 'probe') return;
    const firstBytes = new Uint8Array(bytes.subarray(0, MAX_FIRST_BYTES));
    const refusal: Refusal = { peer: peer.address, reason, code: detail, firstBytes };
    queueMicrotask(() => onRefused(refusal));
  }

  return {
    get pending() {
      return pending.size;
    },
    close() {
      active = false;
      pending.abandon();
      close.restore();
      // The override of `emit` stays but lets connections pass: TLS handshakes in progress still need the client.
      intercepted.delete(server);
    },
  };
}

/** Resets a connection that the server must not see. */
function drop(socket: Socket): void {
  socket.on('error', () => {});
  resetSocket(socket);
}

function carryOver(socket: unknown): void {
  if (!(socket instanceof Socket) || acceptedOf(socket) !== undefined) return;
  // Node has no public way from a TLSSocket to the socket that it wraps; `_parent` has been that since 0.12.
  const parent: unknown = Reflect.get(socket, '_parent');
  const accepted = parent instanceof Socket ? acceptedOf(parent) : undefined;
  if (accepted !== undefined) present(socket, accepted);
}

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

/** What `acceptProxyProtocol` did to a server. */
export interface AcceptHandle {
  /** How many sockets wait for their header. */
  readonly pending: number;
  /** Undoes it: new connections are the server's at once; those that wait for their header are reset. */
  close(): void;
}

const MAX_FIRST_BYTES = 64;
const NOTHING = new Uint8Array(0);

const intercepted = new WeakSet<Server>();

/**
 * Stands between a server and its `connection` event, so that it counts neither who listens nor since when: a
 * socket becomes the server's when its header is complete. Sockets that wait belong to `getConnections` and
 * `maxConnections` as all do, and `server.close()` resets them.
 */
export function interceptConnections(server: Server, plan: AcceptPlan): AcceptHandle {
  if (intercepted.has(server))
    throw new Error('acceptProxyProtocol: this server has been given to it already');
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
    // The TLS socket learns its client from the raw one beneath, before any listener of http or http2 can look.
    if (event === 'secureConnection') carryOver(first);
    else if (event === 'tlsClientError') carryOver(second);
    return original(...args);
  });

  const close = overrideMethod(server, 'close', (original, args: unknown[]) => {
    const result = original(...args);
    // They would hold back the server's own `close` until their deadline, and nobody is left to serve them.
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
    if (rule === 'plain') {
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

  /** In a microtask: what the callback throws is its own fault, and must not keep us from the next socket. */
  function refused(peer: Peer, { reason, detail, bytes }: HeaderRefusal): void {
    // Of all that a header phase can end as, it alone is no refusal. The table of reasons is an eighth of this package.
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
      // `emit` stays, and lets connections by: a handshake that is under way still has to learn its client.
      intercepted.delete(server);
    },
  };
}

/** Ends a connection that the server must not see. */
function drop(socket: Socket): void {
  socket.on('error', () => {});
  resetSocket(socket);
}

function carryOver(socket: unknown): void {
  if (!(socket instanceof Socket) || acceptedOf(socket) !== undefined) return;
  // Node has no public way from a TLSSocket to the socket it wraps; `_parent` is that since 0.12.
  const parent: unknown = Reflect.get(socket, '_parent');
  const accepted = parent instanceof Socket ? acceptedOf(parent) : undefined;
  if (accepted !== undefined) present(socket, accepted);
}

import { connect, type Socket } from 'node:net';
import { formatIp } from '../../address/ip.ts';
import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';
import { readAfterBrokenWrite } from '../main-thread/read-after-broken-write.ts';

/** Receives the events of an endpoint's socket. */
export interface EndpointSocketOwner {
  connected(): void;
  read(bytes: Buffer): void;
  drained(): void;
  ended(): void;
  /** The dial or a write failed, or the stream broke. */
  failed(errno: string | undefined): void;
  closed(): void;
}

const owner = Symbol('owner');
type Owned = Socket & { [owner]: EndpointSocketOwner };

/** Begins to connect to an endpoint. The two directions end independently. */
export function dialEndpoint(endpoint: Endpoint, rules: ListenerRules, of: EndpointSocketOwner): Socket {
  const socket = dial(endpoint, rules) as Owned;
  socket[owner] = of;
  readAfterBrokenWrite(socket, ({ code }) => of.failed(code));
  socket.on('connect', onConnect).on('data', onData).on('drain', onDrain);
  socket.on('end', onEnd).on('error', onError).on('close', onClose);
  return socket;
}

/** Removes the owner from a socket that gets another one. */
export function letGo(socket: Socket): void {
  socket.off('connect', onConnect).off('data', onData).off('drain', onDrain);
  socket.off('end', onEnd).off('error', onError).off('close', onClose);
}

function dial({ path, ip, port }: Endpoint, { dialFrom, plan }: ListenerRules): Socket {
  if (path !== null) return connect({ path, allowHalfOpen: true });
  const from = dialFrom.pick(ip.length);
  const { keepaliveMs } = plan.timeouts;
  return connect({
    host: formatIp(ip),
    port,
    allowHalfOpen: true,
    noDelay: true,
    ...(keepaliveMs > 0 ? { keepAlive: true, keepAliveInitialDelay: keepaliveMs } : {}),
    ...(from === null ? {} : { localAddress: formatIp(from) }),
  });
}

// One handler for each event, shared by all sockets.

function onConnect(this: Socket): void {
  if (!this.destroyed) (this as Owned)[owner].connected();
}
function onData(this: Socket, bytes: Buffer): void {
  (this as Owned)[owner].read(bytes);
}
function onDrain(this: Socket): void {
  (this as Owned)[owner].drained();
}
function onEnd(this: Socket): void {
  (this as Owned)[owner].ended();
}
function onError(this: Socket, error: NodeJS.ErrnoException): void {
  (this as Owned)[owner].failed(error.code);
}
function onClose(this: Socket): void {
  (this as Owned)[owner].closed();
}

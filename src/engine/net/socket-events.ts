import type { Socket } from 'node:net';

/** Receives the events of the two sockets of a session. */
export interface SocketOwner {
  clientData(chunk: Uint8Array): void;
  clientEnd(): void;
  clientError(errno: string | undefined): void;
  connected(endpoint: Socket): void;
  endpointData(chunk: Uint8Array): void;
  endpointEnd(): void;
  /** All that was written to a side has been sent. */
  drained(side: 'client' | 'endpoint'): void;
  endpointError(endpoint: Socket, errno: string | undefined): void;
  /** Either socket is closed. */
  closed(): void;
}

const owner = Symbol('owner');
type Owned = Socket & { [owner]: SocketOwner };

// One handler for each event, shared by all sessions: closures would be eleven objects a connection.

function clientData(this: Owned, chunk: Uint8Array): void {
  this[owner].clientData(chunk);
}
function clientEnd(this: Owned): void {
  this[owner].clientEnd();
}
function clientDrain(this: Owned): void {
  this[owner].drained('client');
}
function clientError(this: Owned, error: NodeJS.ErrnoException): void {
  this[owner].clientError(error.code);
}
function connected(this: Owned): void {
  this[owner].connected(this);
}
function endpointData(this: Owned, chunk: Uint8Array): void {
  this[owner].endpointData(chunk);
}
function endpointEnd(this: Owned): void {
  this[owner].endpointEnd();
}
function endpointDrain(this: Owned): void {
  this[owner].drained('endpoint');
}
function endpointError(this: Owned, error: NodeJS.ErrnoException): void {
  this[owner].endpointError(this, error.code);
}
function closed(this: Owned): void {
  this[owner].closed();
}

function own(socket: Socket, to: SocketOwner): Owned {
  const owned = socket as Owned;
  owned[owner] = to;
  return owned;
}

/** Reports all events of the client to `to`. */
export function watchClient(socket: Socket, to: SocketOwner): void {
  const client = own(socket, to);
  client.on('data', clientData);
  client.on('end', clientEnd);
  client.on('drain', clientDrain);
  client.on('error', clientError);
  client.on('close', closed);
}

/** Reports the result of the dial to `to`; nothing is read yet. */
export function watchDial(socket: Socket, to: SocketOwner): void {
  const endpoint = own(socket, to);
  endpoint.on('connect', connected);
  endpoint.on('error', endpointError);
  endpoint.on('close', closed);
}

/** Reports the events of a connected endpoint to the owner of its dial. */
export function watchEndpoint(endpoint: Socket): void {
  endpoint.on('data', endpointData);
  endpoint.on('end', endpointEnd);
  endpoint.on('drain', endpointDrain);
}

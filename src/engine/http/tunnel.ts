import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import { breakReason } from '../../plan/errno-reasons.ts';
import { readAfterBrokenWrite } from '../main-thread/read-after-broken-write.ts';
import { touch } from '../main-thread/touch.ts';

/** Receives the events of the endpoint's side of a tunnel. It follows the client's socket by itself. */
export interface TunnelOwner {
  /** The endpoint has ended its stream, so our stream to the client has to end too. */
  endpointEnded(): void;
  /** The endpoint has broken. What it had sent has been written to the client. */
  endpointBroke(reason: CloseReason): void;
  /** The endpoint has ended its stream and accepts nothing more, so whatever the client still sends is lost. */
  endpointGone(): void;
  /** The endpoint's socket is closed. */
  tunnelClosed(): void;
}

/**
 * A WebSocket between client and endpoint: bytes in both directions. Either side may end its stream first, and the other direction
 * continues. If the endpoint accepts no more, what it had sent is still delivered.
 */
export class Tunnel {
  readonly #client: Socket;
  readonly #endpoint: Socket;
  readonly #owner: TunnelOwner;
  #endpointEnded = false;
  /** The endpoint accepts nothing more. */
  #unsendable = false;

  constructor(client: Socket, endpoint: Socket, owner: TunnelOwner) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.#owner = owner;
    client.on('data', (bytes) => {
      if (!this.#unsendable && !endpoint.write(bytes)) client.pause();
    });
    client.on('drain', () => endpoint.resume());
    // Node reports a reset that arrives with the last bytes as an end. It must not be passed on as one.
    client.on('end', () => {
      if (!touch(client)) this.#clientEnded();
    });
    endpoint.on('data', (bytes) => {
      if (client.writable && !client.write(bytes)) endpoint.pause();
    });
    endpoint.on('drain', () => client.resume());
    endpoint.on('end', () => {
      if (!this.#unsendable && touch(endpoint)) endpoint.destroy();
      else this.#ended();
    });
    endpoint.on('error', (error: NodeJS.ErrnoException) => this.#failed(error.code));
    readAfterBrokenWrite(endpoint, ({ code }) => this.#failed(code));
    endpoint.on('close', () => {
      if (!this.#endpointEnded) owner.endpointBroke('endpoint_reset');
      owner.tunnelClosed();
    });
    client.resume();
    endpoint.resume();
    if (client.readableEnded) this.#clientEnded();
  }

  /** The endpoint's socket is closed. */
  get closed(): boolean {
    return this.#endpoint.closed;
  }

  /** The client's socket is closed; `broken`: not by the end of both its streams. */
  clientClosed(broken: boolean): void {
    if (broken) resetSocket(this.#endpoint);
    else this.#clientEnded();
  }

  /** Resets the endpoint. */
  reset(): void {
    resetSocket(this.#endpoint);
  }

  #clientEnded(): void {
    this.#endpoint.end();
    if (this.#endpoint.writableFinished) this.#closeWhenOver();
    else this.#endpoint.once('finish', () => this.#closeWhenOver());
  }

  #ended(): void {
    this.#endpointEnded = true;
    this.#owner.endpointEnded();
    this.#closeWhenOver();
  }

  #failed(code: string | undefined): void {
    this.#unsendable = true;
    this.#client.resume();
    // Only a write has failed: what the endpoint had sent can still be read, and its end.
    if (!this.#endpoint.destroyed) {
      this.#closeWhenOver();
      return;
    }
    for (let rest = this.#endpoint.read(); rest !== null; rest = this.#endpoint.read())
      this.#client.write(rest);
    if (!this.#endpointEnded) this.#owner.endpointBroke(breakReason('endpoint', code));
  }

  #closeWhenOver(): void {
    if (!this.#endpointEnded || !(this.#unsendable || this.#endpoint.writableFinished)) return;
    this.#endpoint.destroy();
    if (this.#unsendable) this.#owner.endpointGone();
  }
}

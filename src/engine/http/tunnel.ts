import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import { breakReason } from '../../proxy/errno.ts';
import type { HttpSession } from './http-session.ts';

/**
 * A WebSocket between client and endpoint: bytes both ways, each side's end passed on. Its session hears of the
 * client's socket by itself.
 */
export class Tunnel {
  readonly #endpoint: Socket;
  #endpointEnded = false;

  constructor(client: Socket, endpoint: Socket, session: HttpSession) {
    this.#endpoint = endpoint;
    endpoint.setTimeout(0);
    endpoint.on('end', () => {
      this.#endpointEnded = true;
      session.endpointEnded();
    });
    endpoint.on('error', (error: NodeJS.ErrnoException) =>
      session.abort(breakReason('endpoint', error.code)),
    );
    endpoint.on('close', () => {
      if (!this.#endpointEnded) session.abort('endpoint_reset');
    });
    client.pipe(endpoint);
    endpoint.pipe(client);
  }

  /** The client is gone. */
  close(): void {
    if (!this.#endpointEnded) resetSocket(this.#endpoint);
    else this.#endpoint.destroy();
  }
}

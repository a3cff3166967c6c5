import type { IncomingMessage } from 'node:http';
import { constants, type Http2ServerRequest, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer, type Response, type Speech } from './scripted-kubernetes-wire.ts';

/** The port of the scripted API and all its connections. */
export class ApiServer {
  readonly sockets = new Set<Socket>();
  /** The largest number of connections open at the same time. */
  most = 0;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #server: Server;
  readonly #host: string;
  #port = 0;

  constructor(
    { over, maxStreams, host }: { readonly over: Speech; readonly maxStreams: number; readonly host: string },
    handle: (message: IncomingMessage | Http2ServerRequest, response: Response) => void,
    touched: () => void,
  ) {
    this.#host = host;
    this.#server = createServer(over, maxStreams, handle);
    this.#server.on('session', (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.on('error', () => {});
      session.on('close', () => this.#sessions.delete(session));
    });
    this.#server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      this.most = Math.max(this.most, this.sockets.size);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        touched();
      });
    });
  }

  /** Opens the port: the same one each time. Returns it. */
  open(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(this.#port, this.#host, () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve(this.#port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
  }

  dropConnections(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  goAway(): void {
    for (const session of this.#sessions) session.goaway(constants.NGHTTP2_NO_ERROR);
  }
}

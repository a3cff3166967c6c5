import { createServer, type Socket } from 'node:net';
import { errnoName } from '../linux/errno.ts';
import { ownUid, peerCredentials } from '../linux/socket-facts.ts';
import type { Clock } from '../observe/clock.ts';
import { parseHello } from './protocol.ts';
import { SuccessorLink } from './successor-link.ts';

/** Connections that have not said hello yet. A successor says it at once, so the oldest makes room for a new one. */
const MOST_STRANGERS = 4;
/** How long a hello may take. */
const HELLO_MS = 5000;

export interface TakeOverServerParts {
  readonly clock: Pick<Clock, 'after'>;
  /** A process of this user has said hello, in any version. The link belongs to the callee. */
  readonly arrived: (link: SuccessorLink, version: number) => void;
  /** A connection that was closed, for it is no successor's: one sentence. */
  readonly stranger: (why: string, uid: number | null) => void;
}

/** Accepts on a take-over socket. */
export interface TakeOverServer {
  /** Closes the descriptor and every connection that has not said hello. The path stays. */
  close(): Promise<void>;
}

/**
 * Serves a listening descriptor, which belongs to the server from now on. Who is not of this process's user is closed without
 * an answer; so is whoever says no hello in time, or anything else.
 */
export function createTakeOverServer(fd: number, parts: TakeOverServerParts): Promise<TakeOverServer> {
  const { clock, arrived, stranger } = parts;
  /** Each with what closes it, for a reason. */
  const strangers = new Map<SuccessorLink, (why: string) => void>();

  function serve(socket: Socket): void {
    const own = descriptorOf(socket);
    const peer = own === null ? null : peerCredentials(own);
    if (own === null || peer === null || typeof peer === 'number') {
      drop(socket, `its user is not known${typeof peer === 'number' ? ` (${errnoName(-peer)})` : ''}`, null);
    } else if (peer.uid !== ownUid()) drop(socket, 'it is another user', peer.uid);
    else greet(new SuccessorLink(socket, own, peer, { line() {}, lost() {} }));
  }

  function greet(link: SuccessorLink): void {
    const { uid } = link.peer;
    const cancel = clock.after(HELLO_MS, () => refuse('it said no hello in time'));
    const leave = () => {
      cancel();
      strangers.delete(link);
    };
    const refuse = (why: string) => {
      leave();
      link.close();
      stranger(why, uid);
    };
    strangers.set(link, refuse);
    const [oldest] = strangers.values();
    if (strangers.size > MOST_STRANGERS) oldest?.('too many connections that say no hello');
    link.follow({
      line(text) {
        const version = text === null ? null : parseHello(text);
        if (version === null) refuse('it said no hello');
        else {
          leave();
          arrived(link, version);
        }
      },
      lost() {
        leave();
        // Whoever only asks if somebody listens here connects and says nothing.
        if (link.hasSpoken) stranger('it closed the connection', uid);
      },
    });
  }

  function drop(socket: Socket, why: string, uid: number | null): void {
    socket.on('error', () => {});
    socket.destroy();
    stranger(why, uid);
  }

  // A link of the old process ends when it says so: a successor that half-closes is one that has closed.
  const server = createServer({ allowHalfOpen: false }, serve);
  // Failed accepts are reported here, if at all. The next one may succeed.
  server.on('error', () => {});
  const close = () =>
    new Promise<void>((resolve) => {
      for (const link of strangers.keys()) link.close();
      server.close(() => resolve());
    });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ fd }, () => {
      server.off('error', reject);
      resolve({ close });
    });
  });
}

/** The descriptor of a connection. Node has no public name for it. */
function descriptorOf(socket: Socket): number | null {
  const fd: unknown = Reflect.get(Object(Reflect.get(socket, '_handle')), 'fd');
  return typeof fd === 'number' && fd >= 0 ? fd : null;
}

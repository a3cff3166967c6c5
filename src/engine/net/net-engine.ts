import { createServer } from 'node:net';
import type { Engine } from '../../plan/engine.ts';
import { MainThreadEngine, type MainThreadOptions } from '../main-thread/main-thread-engine.ts';
import type { ServerKind } from '../main-thread/server-kind.ts';
import { NET_ABILITIES } from './net-abilities.ts';
import { NetSession } from './net-session.ts';

// The folder: the portable engine. Listeners, admission and the drain are those of engine/main-thread.
//
//   Listener (main-thread) ──▶ NetSession: carries a `Course`      ◀── socket-events: the handlers of both sockets
//                                dial, send-header                     the connection to the endpoint, and the header in front
//                                NetRemainder                          after a break: delivers the rest, then closes

/** The portable engine: connections on `node:net`, in the calling thread. */
export function createNetEngine(options: MainThreadOptions): Engine {
  return new MainThreadEngine(NET_ABILITIES, createNetServer, options);
}

function createNetServer(): ServerKind {
  return {
    server: createServer({ allowHalfOpen: true, noDelay: true }),
    serve: (socket, ledger, reader, places, onEnd) => {
      const served = new NetSession(socket, ledger, reader, places, onEnd);
      served.start();
      return served;
    },
  };
}

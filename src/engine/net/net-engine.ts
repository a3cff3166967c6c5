import { createServer } from 'node:net';
import type { Engine } from '../../plan/engine.ts';
import { MainThreadEngine, type MainThreadOptions } from '../main-thread/main-thread-engine.ts';
import type { ServerKind } from '../main-thread/server-kind.ts';
import { NET_ABILITIES } from './net-abilities.ts';
import { NetSession } from './net-session.ts';

/** The portable engine: connections on `node:net`, in the thread that called. */
export function createNetEngine(options: MainThreadOptions): Engine {
  return new MainThreadEngine(NET_ABILITIES, serving, options);
}

function serving(): ServerKind {
  return {
    server: createServer({ allowHalfOpen: true, noDelay: true }),
    serve: (socket, ledger, reader, places, onEnd) => {
      const served = new NetSession(socket, ledger, reader, places, onEnd);
      served.start();
      return served;
    },
  };
}

import type { ParsedAddress } from '../address/socket-address.ts';
import { LOG_LEVELS, type LogLevel } from '../observe/log.ts';
import type { AroundBind } from './listen.ts';
import { isLoopbackHost } from './loopback-host.ts';
import { createOpsServer, failure, type OpsAnswer, type OpsRequest, type OpsServer } from './ops-server.ts';
import type { AdminState } from './ops-state.ts';

/** What `/sessions` lists where nobody says `?limit=`, and the most it ever does. */
const SESSIONS = { default: 1000, most: 100_000 } as const;

export interface AdminServerOptions {
  /** Loopback or a unix socket: who gets here is trusted with clients' addresses. */
  readonly address: ParsedAddress;
  readonly state: AdminState;
  /** Around the call that binds the address. */
  readonly around?: AroundBind;
}

/** `--admin`: what an operator asks a running Herald. */
export function createAdminServer({ address, state, ...rest }: AdminServerOptions): OpsServer {
  return createOpsServer({
    address,
    ...rest,
    // A page of the web may point its own name at 127.0.0.1 and have the browser ask; it then sends that name.
    ...(address.kind === 'unix' ? {} : { allowsHost: isLoopbackHost }),
    routes: {
      '/status': { GET: () => json(state.status()) },
      '/endpoints': { GET: () => json({ pools: state.endpoints() }) },
      '/sessions': { GET: (request) => sessions(state, request) },
      '/refused': { GET: () => json({ refused: state.refused(), failed: state.failed() }) },
      '/config': { GET: () => json(state.config()) },
      '/log-level': { PUT: (request) => setLogLevel(state, request) },
    },
  });
}

function json(body: unknown): OpsAnswer {
  return { status: 200, body };
}

async function sessions(state: AdminState, { query }: OpsRequest): Promise<OpsAnswer> {
  const asked = query.get('limit') ?? String(SESSIONS.default);
  if (!/^[1-9]\d{0,9}$/.test(asked)) return failure(400, 'limit_invalid');
  return json({ sessions: await state.sessions(Math.min(Number(asked), SESSIONS.most)) });
}

function setLogLevel(state: AdminState, { body }: OpsRequest): OpsAnswer {
  const level = readLevel(body);
  if (level === undefined) return failure(400, 'level_invalid');
  state.setLogLevel(level);
  return json({ level });
}

/** `debug`, `"debug"` or `{"level":"debug"}`. */
function readLevel(body: string): LogLevel | undefined {
  let asked: unknown = body.trim();
  try {
    asked = JSON.parse(body);
  } catch {
    // Plain text.
  }
  if (typeof asked === 'object' && asked !== null && 'level' in asked) asked = asked.level;
  return LOG_LEVELS.find((level) => level === asked);
}

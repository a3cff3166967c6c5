import { parseIp } from '../address/ip.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import { unmapped } from '../address/v4-mapped.ts';
import { LOG_LEVELS, type LogLevel } from '../observe/log.ts';
import type { Binding } from './listen.ts';
import { createOpsServer, failure, type OpsAnswer, type OpsRequest, type OpsServer } from './ops-server.ts';
import type { AdminState, ProbeState } from './ops-state.ts';
import { probeRoutes } from './probes.ts';

/** How many sessions `/sessions` lists without `?limit=`, and at most. */
const SESSIONS = { default: 1000, most: 100_000 } as const;

export interface AdminServerOptions {
  /** Loopback or a unix socket: its users are trusted with clients' addresses. */
  readonly address: ParsedAddress;
  readonly state: AdminState;
  /** Answered here as on `--metrics`, for an address that is surely this process's own. */
  readonly probes: ProbeState;
  readonly binding?: Binding;
}

/** `--admin`: what an operator can ask of a running Herald. */
export function createAdminServer({ address, state, probes, ...rest }: AdminServerOptions): OpsServer {
  return createOpsServer({
    address,
    ...rest,
    // DNS rebinding: a web page may resolve its own name to 127.0.0.1, but the browser then sends that name as Host.
    ...(address.kind === 'unix' ? {} : { allowsHost: isLoopbackHost }),
    routes: {
      ...probeRoutes(probes),
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
    // Not JSON, so the level is plain text.
  }
  if (typeof asked === 'object' && asked !== null && 'level' in asked) asked = asked.level;
  return LOG_LEVELS.find((level) => level === asked);
}

/** True if a Host header names loopback: `localhost`, 127.0.0.0/8 or `[::1]`, with or without a port. */
export function isLoopbackHost(host: string | undefined): boolean {
  const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host ?? '');
  const text = (name?.[1] ?? name?.[2] ?? '').toLowerCase();
  if (text === 'localhost') return true;
  const ip = parseIp(text);
  if (ip === undefined) return false;
  const bytes = unmapped(ip);
  return bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, at) => byte === (at === 15 ? 1 : 0));
}

import type { EchoAnswer } from './echo-answer.ts';

/** A line of Herald's log: of a session where it has a reason. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly client?: string;
  readonly endpoint?: string;
  readonly reason?: string;
  readonly ms?: number;
  readonly bytesToEndpoint?: number;
  readonly bytesToClient?: number;
}

/** What Herald did, in the words of a demo; null for what needs no word there. */
export function tellLog(line: LogLine): string | null {
  const { client, endpoint, reason, ms = 0, bytesToEndpoint, bytesToClient } = line;
  if (reason === undefined) return line.level === 'info' ? null : line.msg;
  if (endpoint === undefined) return `${client} came, and got to no endpoint: ${reason}`;
  const moved = `${bytesToEndpoint} bytes there, ${bytesToClient} back`;
  return `${client} came, and was announced to ${endpoint}; ${moved}, ${Math.round(ms)} ms, ${reason}`;
}

/** Whom the endpoint saw. */
export function tellAnswer({ client, peer, header }: EchoAnswer): string {
  const saw = `saw ${client === null ? 'nobody' : tellAddress(client)}`;
  if (header === 0 || peer === null) return `${saw}, who came without a header`;
  return `${saw}, by a v${header} header; the connection itself is from ${tellAddress(peer)}`;
}

function tellAddress(address: NonNullable<EchoAnswer['client']>): string {
  if ('path' in address) return `unix:${address.path}`;
  const { address: ip, port } = address;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

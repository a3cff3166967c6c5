import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';

const LOWEST = 10_000;
const TRIES = 100;

/**
 * A free port of 127.0.0.1 below the ephemeral range, so that none of the thousands of connections of a run can take it
 * before the contender listens there.
 */
export async function freePort(): Promise<number> {
  const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  const below = Number(range.split(/\s+/)[0]);
  for (let tries = 0; below > LOWEST && tries < TRIES; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (below - LOWEST));
    if ((await tryPort(port)) !== null) return port;
  }
  const port = await tryPort(0);
  if (port === null) throw new Error('no free port');
  return port;
}

async function tryPort(port: number): Promise<number | null> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return null;
  }
  const got = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return got;
}

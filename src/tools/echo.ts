import type { Refusal } from '../accept/refusal.ts';
import { addressText } from '../address/address-text.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { Host } from '../observe/host.ts';
import { cannotListen } from '../plan/listen-error.ts';
import { escapeText } from '../wire/escape-text.ts';
import { type Echo, startEcho } from './echo-server.ts';
import { waitForSignal } from './wait-for-signal.ts';

/** Bounds the queued output: a flood of bad headers must not fill the memory with warnings. */
const MAX_QUEUED = 64 * 1024;
/** 256 = 4·64: the first 64 bytes, each at most four characters. */
const MAX_CHARS = 256;

/** `herald echo`: serves until a signal and returns 0, or 1 if it cannot listen. */
export async function runEcho(
  { listen, raw }: { listen: ParsedAddress; raw: boolean },
  host: Host,
): Promise<number> {
  let echo: Echo;
  try {
    echo = await startEcho({ listen, raw, onRefused: (refusal) => warn(host, refusal) });
  } catch (error) {
    host.stderr.write(`herald: ${cannotListen('echo', listen, error)}\n`);
    return 1;
  }
  // Before `announce`, because a script that reads it may end the program at once.
  const signalled = waitForSignal(host);
  announce(host, addressText(echo.address));
  await signalled;
  await echo.stop();
  return 0;
}

const TRUSTING = 'every PROXY header is trusted, whoever sends it: for tests and --node-echo only';

/** In the form of Herald's log, so that scripts find the port in the same way. */
function announce(host: Host, address: string): void {
  if (host.stdout.isTTY === true) {
    host.stdout.write(`echo listens on ${address}; ${TRUSTING}\n`);
    return;
  }
  const time = new Date().toISOString();
  for (const fields of [
    { level: 'info', time, listener: 'echo', address, msg: 'listening' },
    { level: 'warn', time, listener: 'echo', msg: TRUSTING },
  ]) {
    host.stdout.write(`${JSON.stringify(fields)}\n`);
  }
}

function warn(host: Host, { peer, reason, code, firstBytes }: Refusal): void {
  if (host.stderr.writableLength > MAX_QUEUED) return;
  const from = peer === null ? 'unix' : formatPeer(peer);
  const why = code === null ? reason : `${reason} (${code})`;
  host.stderr.write(`herald: echo refused ${from}: ${why}: ${escapeText(firstBytes, MAX_CHARS)}\n`);
}

function formatPeer({ address, port, family }: NonNullable<Refusal['peer']>): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

import { request } from 'node:http';
import { addressText } from '../address/address-text.ts';
import type { OpsAddress } from '../config/config.ts';

type Address = NonNullable<OpsAddress['address']>;

/** Herald answers from memory, so a longer wait is pointless. */
const TIMEOUT_MS = 5000;

const REASONS = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ENOENT', 'there is no such socket'],
  ['EACCES', 'permission denied'],
  ['ECONNRESET', 'the connection was reset'],
  ['ETIMEDOUT', `no answer within ${TIMEOUT_MS / 1000}s`],
]);

/** No answer, or not one of Herald: exit status 1. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
}

/** Asks the admin address of a running Herald, and resolves to its JSON as text. Rejects with an `AdminError`. */
export async function askAdmin(address: Address, path: string): Promise<string> {
  return (await ask(address, path, [200])).text;
}

/** Asks the admin address for a probe, and resolves to its answer and whether it is good. Rejects with an `AdminError`. */
export async function probeAdmin(
  address: Address,
  path: string,
): Promise<{ readonly good: boolean; readonly text: string }> {
  const { status, text } = await ask(address, path, [200, 503]);
  return { good: status === 200, text };
}

function ask(
  address: Address,
  path: string,
  expected: readonly number[],
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(new AdminError(`no answer from ${addressText(address)}: ${why}; is Herald running there?`));
    const asked = request({ ...targetOf(address), path, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', (error: NodeJS.ErrnoException) => fail(reasonOf(error)));
      answer.on('end', () => {
        clearTimeout(deadline);
        const status = answer.statusCode!;
        if (expected.includes(status)) resolve({ status, text: Buffer.concat(chunks).toString() });
        else fail(`status ${status}`);
      });
    });
    const deadline = setTimeout(() => {
      asked.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' }));
    }, TIMEOUT_MS);
    asked.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(deadline);
      fail(reasonOf(error));
    });
    asked.end();
  });
}

function targetOf(address: Address) {
  if (address.kind === 'unix') return { socketPath: address.path };
  // The admin address is on loopback, and answers to no other host name.
  const host = address.ip?.length === 4 ? address.ip.join('.') : '::1';
  return { host, port: address.port };
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return REASONS.get(code ?? '') ?? code ?? message;
}

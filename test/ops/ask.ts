import { type IncomingHttpHeaders, request } from 'node:http';
import type { ParsedAddress } from '../../src/address/socket-address.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Question {
  readonly method?: string;
  readonly body?: string;
  readonly host?: string;
}

/** Asks a machine's address over a connection of its own. */
export function ask(address: ParsedAddress, path: string, question: Question = {}): Promise<Reply> {
  const { method = 'GET', body, host } = question;
  return new Promise((resolve, reject) => {
    const to =
      address.kind === 'unix' ? { socketPath: address.path } : { host: '127.0.0.1', port: address.port };
    const headers = host === undefined ? {} : { host };
    const asked = request({ ...to, path, method, headers, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(chunks).toString(),
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

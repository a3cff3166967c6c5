import { randomBytes } from 'node:crypto';
import type { NetConnectOpts } from 'node:net';
import { Connection } from './connection.ts';
import { holderOf } from './processes.ts';
import type { ScriptedEndpoint } from './scripted-endpoint.ts';

const BODY_BYTES = 256 * 1024;
const HEAD_END = '\r\n\r\n';

/** Sessions may reach the endpoint in another order than clients connected: each head has the number of its talk. */
const awaited = new Map<string, (served: Connection) => void>();
let talks = 0;

/** Reads to the end of this text, which is part of what it returns. */
async function readThrough(connection: Connection, text: string): Promise<string> {
  let read = '';
  while (!read.endsWith(text)) read += await connection.readText(1);
  return read;
}

async function deliverNext(endpoint: ScriptedEndpoint): Promise<void> {
  const served = await endpoint.accept();
  const head = await readThrough(served, HEAD_END);
  const path = head.split(' ')[1]!;
  const deliver = awaited.get(path);
  if (deliver === undefined) throw new Error(`a head of nobody: ${head}`);
  awaited.delete(path);
  deliver(served);
}

/**
 * One request in two halves, with a body of random bytes, and its answer: any engine carries it, byte by byte or as HTTP. The first
 * half is written by `begin`; `finish` says whether everything arrived as it was sent.
 */
export class RequestTalk {
  readonly client: Connection;
  readonly served: Connection;
  readonly #endpoint: ScriptedEndpoint;
  readonly #body: Buffer;

  private constructor(client: Connection, served: Connection, endpoint: ScriptedEndpoint, body: Buffer) {
    this.client = client;
    this.served = served;
    this.#endpoint = endpoint;
    this.#body = body;
  }

  static async begin(endpoint: ScriptedEndpoint, to: NetConnectOpts): Promise<RequestTalk> {
    return RequestTalk.over(endpoint, await Connection.to(to));
  }

  /** The same over a connection that is open. */
  static async over(endpoint: ScriptedEndpoint, client: Connection): Promise<RequestTalk> {
    const body = randomBytes(BODY_BYTES);
    const path = `/${++talks}`;
    const mine = new Promise<Connection>((resolve, reject) => {
      awaited.set(path, resolve);
      // Whichever comes next may be another's, which then waits no longer.
      deliverNext(endpoint).catch(reject);
    });
    client.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${BODY_BYTES}\r\nConnection: close${HEAD_END}`,
    );
    client.write(body.subarray(0, BODY_BYTES / 2));
    const served = await mine;
    const talk = new RequestTalk(client, served, endpoint, body);
    await talk.#arrived(served, 0);
    return talk;
  }

  /** Which of these processes relays it. */
  holder(pids: readonly number[]): number | undefined {
    return holderOf(this.served.socket.remotePort!, this.#endpoint.port, pids);
  }

  /** The rest of the request, the answer, and both ends. Rejects where other bytes arrive, or a reset. */
  async finish(): Promise<void> {
    const { client, served } = this;
    client.write(this.#body.subarray(BODY_BYTES / 2));
    await this.#arrived(served, BODY_BYTES / 2);
    served.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY_BYTES / 2}\r\nConnection: close${HEAD_END}`);
    served.end(this.#body.subarray(0, BODY_BYTES / 2));
    await readThrough(client, HEAD_END);
    await this.#arrived(client, 0);
    const rest = await client.readToEnd();
    if ((await client.ending) !== 'fin' || rest.length > 0)
      throw new Error(`${rest.length} bytes more, and then ${await client.ending}`);
    client.end();
  }

  async #arrived(at: Connection, from: number): Promise<void> {
    const bytes = await at.read(BODY_BYTES / 2);
    if (!bytes.equals(this.#body.subarray(from, from + BODY_BYTES / 2))) throw new Error('other bytes');
  }
}

/** Begins and finishes one, and says which of these processes relayed it. */
export async function talkOnce(
  endpoint: ScriptedEndpoint,
  to: NetConnectOpts,
  pids: readonly number[],
): Promise<number | undefined> {
  const talk = await RequestTalk.begin(endpoint, to);
  const holder = talk.holder(pids);
  await talk.finish();
  return holder;
}

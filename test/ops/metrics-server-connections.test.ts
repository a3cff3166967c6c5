import test, { type ExecutionContext } from 'ava';
import { formatHeader } from '../../src/wire/format-header.ts';
import { Connection } from '../helpers/connection.ts';
import { ask } from './ask.ts';

import { openMetricsServer } from './metrics-server-parts.ts';

const INET = {
  source: { address: '192.0.2.1', port: 1 },
  destination: { address: '198.51.100.1', port: 2 },
} as const;
const HEADERS = [
  ['v1', formatHeader({ version: 1, ...INET })],
  ['v1 UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n')],
  ['v2', formatHeader({ version: 2, ...INET })],
  ['v2 LOCAL', formatHeader({ version: 2, command: 'LOCAL' })],
] as const;

/** Sends these pieces one after the other, and returns the status lines of the answers. */
async function say(t: ExecutionContext, port: number, ...pieces: readonly (string | Uint8Array)[]) {
  const client = await Connection.to({ host: '127.0.0.1', port, noDelay: true });
  t.teardown(() => client.destroy());
  for (const piece of pieces) {
    client.write(piece);
    await new Promise(setImmediate);
  }
  const answer = (await client.readToEnd()).toString();
  return [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
}

const asking = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const CLOSE = 'Connection: close\r\n';

for (const [title, header] of HEADERS) {
  test(`a ${title} header before a probe is passed over, whole or in pieces`, async (t) => {
    const { port } = await openMetricsServer(t);
    for (const path of ['/startupz', '/readyz', '/lb-healthz', '/livez']) {
      t.deepEqual(await say(t, port, header, asking(path, CLOSE)), [200], path);
    }
    const half = header.length / 2;
    const pieces = [
      header.subarray(0, half),
      header.subarray(half),
      asking('/livez'),
      asking('/readyz', CLOSE),
    ];
    t.deepEqual(await say(t, port, ...pieces), [200, 200]);
  });

  test(`a scrape behind a ${title} header is refused: it would be of a Herald at random`, async (t) => {
    const { port } = await openMetricsServer(t);
    t.deepEqual(await say(t, port, header, asking('/metrics', CLOSE)), [400]);
  });
}

test('what only looks like a header is reset, and what is no HTTP is 400', async (t) => {
  const { port } = await openMetricsServer(t);
  t.deepEqual(await say(t, port, 'PROXY nonsense\r\n', asking('/livez', CLOSE)), []);
  t.deepEqual(await say(t, port, HEADERS[0][1], '\0\x01\r\n\r\n'), [400]);
  t.deepEqual(await say(t, port, HEADERS[0][1], HEADERS[0][1], asking('/livez', CLOSE)), [400]);
});

// ── what untrusted clients can hold ──

const until = async (is: () => boolean) => {
  while (!is()) await new Promise(setImmediate);
};

test('of one address four connections are open at once, and a probe gets through whatever the others do', async (t) => {
  let scrapes = 0;
  const address = await openMetricsServer(t, {}, () => {
    scrapes++;
    return new Promise(() => {});
  });
  const held: Connection[] = [];
  let closed = 0;
  for (let at = 0; at < 12; at++) {
    const connection = await Connection.to({ host: '127.0.0.1', port: address.port });
    t.teardown(() => connection.destroy());
    void connection.closed.then(() => closed++);
    void connection.ending.then(() => connection.destroy());
    connection.write(at % 2 === 0 ? asking('/metrics') : 'GET /metrics HTTP/1.1\r\nHo');
    held.push(connection);
  }
  await until(() => closed === 8);
  for (const path of ['/livez', '/readyz', '/startupz', '/lb-healthz']) {
    t.is((await ask(address, path)).status, 200, path);
  }
  t.is(scrapes, 1);
});

test('a kept connection without a question gives way to a new one', async (t) => {
  const { port } = await openMetricsServer(t);
  const first = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => first.destroy());
  first.write(asking('/livez'));
  await until(() => first.received.length > 0);
  const others: Connection[] = [];
  for (let at = 0; at < 4; at++) {
    const other = await Connection.to({ host: '127.0.0.1', port });
    t.teardown(() => other.destroy());
    other.write('GET /livez HTTP/1.1\r\n');
    others.push(other);
  }
  await first.ending;
  for (const other of others) other.write(`Host: x\r\n${CLOSE}\r\n`);
  for (const other of others) t.regex((await other.readToEnd()).toString(), /^HTTP\/1\.1 200/);
});

test('probes that come at once ask the threads once', async (t) => {
  let asked = 0;
  const answers: ((alive: boolean) => void)[] = [];
  const alive = () => {
    asked++;
    return new Promise<boolean>((resolve) => answers.push(resolve));
  };
  const address = await openMetricsServer(t, { alive });
  const client = await Connection.to({ host: '127.0.0.1', port: address.port });
  t.teardown(() => client.destroy());
  client.write(asking('/livez').repeat(50) + asking('/livez', CLOSE));
  await until(() => answers.length > 0);
  for (const answer of answers) answer(true);
  t.is((await client.readToEnd()).toString().split('HTTP/1.1 200').length, 52);
  t.is(asked, 1);
});

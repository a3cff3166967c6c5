import test, { type ExecutionContext } from 'ava';
import type { Connection } from '../../helpers/connection.ts';
import { EngineHarness, endpointAt } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { create, FORWARDED, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

// Which connections to an endpoint are shared, and with whom.

const row = httpRow(test);
const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi';

/** Asks, and is answered over this connection or the next that comes; gives the one that it was. */
async function ask(
  t: ExecutionContext,
  client: Connection,
  over: Connection | ScriptedEndpoint,
  request = GET,
  answer = OK,
): Promise<Connection> {
  client.write(request);
  const served = over instanceof ScriptedEndpoint ? await over.accept() : over;
  await readHead(served);
  const body = request.split('\r\n\r\n')[1]!;
  t.is(await served.readText(body.length), body);
  served.write(answer);
  await readMessage(client);
  return served;
}

// ── the connection is the client ──

const CHALLENGES: readonly (readonly [title: string, request: string, answer: string])[] = [
  ['NTLM that is chosen', GET.replace('\r\n\r\n', '\r\nAuthorization: NTLM TlRMTVNTUAAB\r\n\r\n'), OK],
  ['Negotiate that is chosen', GET.replace('\r\n\r\n', '\r\nauthorization:  negotiate YII=\r\n\r\n'), OK],
  ['NTLM for a proxy', GET.replace('\r\n\r\n', '\r\nProxy-Authorization: NTLM TlRMTVNTUAAB\r\n\r\n'), OK],
  ['NTLM that is offered', GET, 'HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n'],
  [
    'Negotiate that is offered among others',
    GET,
    'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="a, b", Negotiate, NTLM\r\nContent-Length: 0\r\n\r\n',
  ],
  [
    'Negotiate that is offered by a proxy',
    GET,
    'HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n',
  ],
  ['Negotiate that is accepted', GET, OK.replace('\r\n\r\n', '\r\nWWW-Authenticate: Negotiate oYG=\r\n\r\n')],
];

for (const [title, request, answer] of CHALLENGES) {
  for (const reuse of ['safe', 'always'] as const) {
    row(
      `a connection with ${title} is its client's alone (--reuse ${reuse})`,
      { reuse },
      async (t, harness, endpoint) => {
        const alice = await harness.connect({ localAddress: '127.0.0.5' });
        const hers = await ask(t, alice, endpoint, request, answer);
        const bob = await harness.connect({ localAddress: '127.0.0.6' });
        const his = await ask(t, bob, endpoint);
        t.not(his, hers);
        // And hers is the one that all her requests go over.
        await ask(t, alice, hers);
        await ask(t, alice, hers, POST);
        await ask(t, bob, his);
        alice.end();
        await hers.ending;
        await ask(t, bob, his);
        t.is(endpoint.count, 2);
      },
    );
  }
}

row(
  'a shared connection belongs to the client that authenticates over it',
  {},
  async (t, harness, endpoint) => {
    const alice = await harness.connect();
    const shared = await ask(t, alice, endpoint);
    await ask(t, alice, shared, CHALLENGES[0]![1]);
    const bob = await harness.connect();
    t.not(await ask(t, bob, endpoint), shared);
  },
);

row(
  'a scheme that authenticates each request does not bind the connection',
  {},
  async (t, harness, endpoint) => {
    const alice = await harness.connect();
    const request = GET.replace('\r\n\r\n', '\r\nAuthorization: Basic bnRsbTpudGxt\r\n\r\n');
    const answer = OK.replace('\r\n\r\n', '\r\nWWW-Authenticate: Basic realm="ntlm-proxy"\r\n\r\n');
    const shared = await ask(t, alice, endpoint, request, answer);
    const bob = await harness.connect();
    await ask(t, bob, shared);
    t.is(endpoint.count, 1);
  },
);

row(
  'a client whose authenticated connection has ended is no longer bound to a connection',
  {},
  async (t, harness, endpoint) => {
    const alice = await harness.connect();
    const hers = await ask(t, alice, endpoint, CHALLENGES[0]![1]);
    hers.end();
    await hers.ending;
    const next = await ask(t, alice, endpoint);
    const bob = await harness.connect();
    t.is(await ask(t, bob, next), next);
  },
);

test('all requests of an authenticated client go to the same endpoint, whichever is next in the round', async (t) => {
  const endpoints = [await ScriptedEndpoint.start(), await ScriptedEndpoint.start()] as const;
  const pool = endpoints.map(({ port }, slot) => endpointAt(port, slot));
  const harness = await EngineHarness.start(create, { ...FORWARDED, endpoints: pool });
  const client = await harness.connect();
  const hers = await ask(t, client, endpoints[0], GET, CHALLENGES[3]![2]);
  for (let round = 0; round < 3; round++) await ask(t, client, hers);
  t.is(endpoints[1].count, 0);
  // A connection to one that has left the pool is closed.
  await harness.apply({ ...FORWARDED, endpoints: [pool[1]!] });
  await hers.ending;
  await ask(t, client, endpoints[1]);
  await harness.stop();
  for (const endpoint of endpoints) await endpoint.stop();
});

// ── --reuse ──

row(
  'a first request that may not be repeated goes over a new connection',
  {},
  async (t, harness, endpoint) => {
    const first = await ask(t, await harness.connect(), endpoint);
    const client = await harness.connect();
    const second = await ask(t, client, endpoint, POST);
    // Later ones go over any: their client knows that a connection may end.
    t.is(await ask(t, client, second, POST), second);
    t.is(await ask(t, await harness.connect(), second), second);
    t.is(endpoint.count, 2);
    first.destroy();
  },
);

for (const request of [
  GET,
  GET.replace('GET', 'HEAD'),
  GET.replace('GET', 'OPTIONS'),
  GET.replace('GET', 'DELETE'),
]) {
  row(`a first ${request.split(' ')[0]} may go over a kept connection`, {}, async (t, harness, endpoint) => {
    const first = await ask(t, await harness.connect(), endpoint);
    const answer = request.startsWith('HEAD') ? OK.replace('2\r\n\r\nok', '0\r\n\r\n') : OK;
    await ask(t, await harness.connect(), first, request, answer);
    t.is(endpoint.count, 1);
  });
}

row('a first POST does not use a kept connection, which may be closing', {}, async (t, harness, endpoint) => {
  const first = await ask(t, await harness.connect(), endpoint);
  const client = await harness.connect();
  client.write(POST);
  first.end();
  const served = await endpoint.accept();
  t.is((await readMessage(served)).body, 'hi');
  served.write(OK);
  t.is((await readMessage(client)).body, 'ok');
});

row(
  'with always a first POST goes over a kept connection',
  { reuse: 'always' },
  async (t, harness, endpoint) => {
    const first = await ask(t, await harness.connect(), endpoint);
    await ask(t, await harness.connect(), first, POST);
    t.is(endpoint.count, 1);
  },
);

row(
  'with never each client has connections of its own, which close with it',
  { reuse: 'never' },
  async (t, harness, endpoint) => {
    const alice = await harness.connect();
    const hers = await ask(t, alice, endpoint);
    const bob = await harness.connect();
    const his = await ask(t, bob, endpoint);
    await ask(t, alice, hers, POST);
    await ask(t, bob, his);
    alice.end();
    await hers.ending;
    await ask(t, bob, his);
    t.is(endpoint.count, 2);
  },
);

row(
  'with never a kept connection that has ended is replaced for a request that may be repeated',
  { reuse: 'never' },
  async (t, harness, endpoint) => {
    const client = await harness.connect();
    const first = await ask(t, client, endpoint);
    client.write(GET);
    await readHead(first);
    first.reset();
    const second = await endpoint.accept();
    await readHead(second);
    second.write(OK);
    t.is((await readMessage(client)).body, 'ok');
  },
);

row(
  'a connection with an early answer carries no further request, and ends after its body',
  {},
  async (t, harness, endpoint) => {
    const client = await harness.connect({ noDelay: true });
    client.write(POST.slice(0, -1));
    const early = await endpoint.accept();
    await readHead(early);
    early.write(OK);
    await readMessage(client);
    client.write('i');
    t.is(await early.readText(2), 'hi');
    t.is(await early.ending, 'fin');
    await ask(t, client, endpoint);
    t.is(endpoint.count, 2);
  },
);

import { randomBytes } from 'node:crypto';
import test from 'ava';
import type { Connection } from '../helpers/connection.ts';
import { CLIENT_IP, IPV6, MANY_ADDRESSES, testWith } from '../helpers/peer-installed.ts';
import { type Owner, shared } from '../helpers/peer-owner.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { addressText, connectTo, type IpFamily } from './visit.ts';

/** client → edge → sidecar → an endpoint that knows no PROXY protocol. */
async function startChain(owner: Owner, version: string, flags: string) {
  const endpoint = await ScriptedEndpoint.start();
  owner.teardown(() => endpoint.stop());
  const sidecar = await Program.start(
    owner,
    `sidecar --listen 127.0.0.1:0 --to 127.0.0.1:${endpoint.port} --trust 127.0.0.1/32 --accept-proxy ${version} --present none --access-log all ${NO_OPS}`,
  );
  const edge = await Program.start(
    owner,
    `edge --listen :0 --to 127.0.0.1:${sidecar.port()} --present ${version} ${flags} --access-log all ${NO_OPS}`,
  );
  /** A client, and its connection as the endpoint has it. */
  const pass = async (family: IpFamily = 4) => {
    const client = await connectTo({ port: edge.port(), family });
    owner.teardown(() => client.destroy());
    const { localAddress, localPort } = client.socket;
    return { client, address: addressText(localAddress!, localPort!), served: await endpoint.accept() };
  };
  return { endpoint, sidecar, edge, pass };
}

const chains = {
  v1: shared((owner) => startChain(owner, 'v1', '')),
  v2: shared((owner) => startChain(owner, 'v2', '--unique-id --crc32c')),
};

/** What is written on one side arrives on the other, and nothing before it. */
async function carries(from: Connection, to: Connection, text: string): Promise<void> {
  from.write(text);
  const came = await to.readText(text.length);
  if (came !== text) throw new Error(`${JSON.stringify(came)} came for ${JSON.stringify(text)}`);
}

// One after the other: the endpoint hands out its connections in the order in which they come.
const serial = test.serial;

for (const version of ['v1', 'v2'] as const) {
  for (const family of [4, 6] as const) {
    testWith(
      family === 6 ? [IPV6] : [],
      [],
      serial,
    )(`both logs of a chain name the client's own address: ${version}, IPv${family}`, async (t) => {
      const { edge, sidecar, endpoint, pass } = await chains[version]();
      const { client, address, served } = await pass(family);
      await carries(client, served, 'ping');
      await carries(served, client, 'pong');
      client.end();
      t.is(await served.ending, 'fin');
      served.end();
      t.is(await client.ending, 'fin');

      const first = await edge.session(address);
      t.is(first.via, undefined);
      t.is(first.endpoint, `127.0.0.1:${sidecar.port()}`);
      const second = await sidecar.session(address);
      t.regex(second.via!, /^127\.0\.0\.1:\d+$/);
      t.is(second.header, version === 'v1' ? 1 : 2);
      t.is(second.endpoint, `127.0.0.1:${endpoint.port}`);
      t.deepEqual([second.reason, second.bytesToEndpoint, second.bytesToClient], ['client_closed', 4, 4]);
      // v1 has no room for an id: each Herald then has its own.
      t.is(first.session === second.session, version === 'v2');
    });
  }
}

serial('an endpoint that speaks first is heard before the client has said a word', async (t) => {
  const { pass } = await chains.v2();
  const { client, served } = await pass();
  await carries(served, client, '220 mail.example ESMTP\r\n');
  await carries(client, served, 'EHLO client.example\r\n');
  await carries(served, client, '250 mail.example\r\n');
  await carries(client, served, 'QUIT\r\n');
  served.end('221 Bye\r\n');
  t.is((await client.readToEnd()).toString(), '221 Bye\r\n');
  t.is(await client.ending, 'fin');
});

serial('a megabyte goes through both ways at once, byte for byte', async (t) => {
  const { pass, sidecar } = await chains.v2();
  const { client, address, served } = await pass();
  const [there, back] = [randomBytes(2 ** 20), randomBytes(2 ** 20)];
  client.end(there);
  served.end(back);
  const [arrived, returned] = await Promise.all([served.readToEnd(), client.readToEnd()]);
  t.true(arrived.equals(there));
  t.true(returned.equals(back));
  const { bytesToEndpoint, bytesToClient } = await sidecar.session(address);
  t.deepEqual([bytesToEndpoint, bytesToClient], [2 ** 20, 2 ** 20]);
});

serial('a client that has ended its stream still gets the whole answer', async (t) => {
  const { pass, sidecar } = await chains.v2();
  const { client, address, served } = await pass();
  client.end('a request');
  t.is((await served.readToEnd()).toString(), 'a request');
  t.is(await served.ending, 'fin');
  await carries(served, client, 'a first part');
  const rest = randomBytes(300_000);
  served.end(rest);
  t.true((await client.readToEnd()).equals(rest));
  t.is((await sidecar.session(address)).reason, 'client_closed');
});

serial('an endpoint that has ended its stream still gets all that the client sends', async (t) => {
  const { pass, sidecar } = await chains.v2();
  const { client, address, served } = await pass();
  served.end('an announcement');
  t.is((await client.readToEnd()).toString(), 'an announcement');
  await carries(client, served, 'a first part');
  const rest = randomBytes(300_000);
  client.end(rest);
  t.true((await served.readToEnd()).equals(rest));
  t.is((await sidecar.session(address)).reason, 'endpoint_closed');
});

serial('a reset goes through the chain as a reset, from either end', async (t) => {
  const { pass, edge, sidecar } = await chains.v2();
  for (const by of ['client', 'endpoint'] as const) {
    const { client, address, served } = await pass();
    await carries(client, served, 'ping');
    const [resets, suffers] = by === 'client' ? [client, served] : [served, client];
    resets.reset();
    t.is(await suffers.ending, 'reset');
    for (const herald of [edge, sidecar]) t.is((await herald.session(address)).reason, `${by}_reset`);
  }
});

serial('a header that a client forges is payload, and nobody believes it', async (t) => {
  const { pass, sidecar } = await chains.v2();
  const { client, address, served } = await pass();
  await carries(client, served, 'PROXY TCP4 203.0.113.7 127.0.0.1 1234 80\r\n');
  client.end();
  served.end();
  t.is((await sidecar.session(address)).client, address);
});

testWith(
  [MANY_ADDRESSES],
  [],
  serial,
)('a stranger who goes past the edge gets nothing from the sidecar, and not to the endpoint', async (t) => {
  const { sidecar, endpoint } = await chains.v2();
  const before = endpoint.count;
  const stranger = await connectTo({ port: sidecar.port() });
  t.teardown(() => stranger.destroy());
  stranger.write('PROXY TCP4 203.0.113.7 127.0.0.1 1234 80\r\nhello');
  await stranger.closed;
  t.is(stranger.received.length, 0);
  const refused = await sidecar.logged(({ reason }) => reason === 'untrusted');
  t.true(refused.client?.startsWith(`${CLIENT_IP}:`));
  t.is(endpoint.count, before);
});

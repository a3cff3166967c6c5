import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { sourceOf } from '../../src/wire/header-address.ts';
import { readTlvs, TLV } from '../../src/wire/tlv.ts';
import { Connection } from '../helpers/connection.ts';
import { IPROUTE, NAMESPACES, Namespace, withOnly } from '../helpers/namespace.ts';
import { startOrdinaryServer } from '../helpers/ordinary-server.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { NO_OPS, Program, type ProgramOptions } from '../helpers/program.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { concat, headerOf, latin, v2 } from '../session/headers.ts';
import { startNamedServer } from './named-server.ts';

// The files of examples/config, run by the built program. What belongs to somebody's network (addresses, ports) is replaced
// by what the test has; all else stands as it is written.

const EXAMPLES = fileURLToPath(new URL('../../../examples/config/', import.meta.url));
const inNamespace = testWith([IPROUTE], [NAMESPACES]);

type Replacements = readonly (readonly [written: string, here: string])[];

/** The example with each of these texts replaced; one that is not in it is a mistake of the test. */
async function adapted(t: ExecutionContext, name: string, replacements: Replacements): Promise<string> {
  let text = await readFile(join(EXAMPLES, name), 'utf8');
  for (const [written, here] of replacements) {
    t.true(text.includes(written), `${name} has ${written}`);
    text = text.replaceAll(written, here);
  }
  const file = join(await folderFor(t), name);
  await writeFile(file, text);
  return file;
}

/** Herald with the example, once its listeners are open; nothing that it says may be a warning. */
async function startExample(
  t: ExecutionContext,
  name: string,
  replacements: Replacements,
  options: ProgramOptions & { readonly listeners?: number } = {},
): Promise<Program> {
  const file = await adapted(t, name, replacements);
  return Program.start(t, `run --config ${file} ${NO_OPS}`, options);
}

async function endpoint(t: ExecutionContext): Promise<ScriptedEndpoint> {
  const started = await ScriptedEndpoint.start();
  t.teardown(() => started.stop());
  return started;
}

async function dial(t: ExecutionContext, port: number): Promise<Connection> {
  const connection = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => connection.destroy());
  return connection;
}

/** Reads a header of version 2 as far as its own length says. */
async function readHeader(connection: Connection) {
  const start = await connection.read(16);
  return headerOf(concat(start, await connection.read(start.readUInt16BE(14))));
}

/** The next connection that begins with a client's header, as checks of Herald's own do not. */
async function acceptClient(from: ScriptedEndpoint) {
  for (;;) {
    const connection = await from.accept();
    const header = await readHeader(connection);
    if (header.command === 'PROXY') return { connection, header };
  }
}

const here = (port: number) => `127.0.0.1:${port}`;

for (const name of readdirSync(EXAMPLES)) {
  test(`run --check finds nothing wrong in the example ${name}, and nothing to warn of`, async (t) => {
    const env = { NODE_NAME: 'node-a' };
    const checked = await Program.run(t, `run --config ${join(EXAMPLES, name)} --check`, { env });
    t.is(checked.code, 0, checked.stderr);
    t.is(checked.stderr, '');
  });
}

test('the example edge tells each of two servers whose connection it gets', async (t) => {
  const [first, second] = [await endpoint(t), await endpoint(t)];
  const herald = await startExample(t, 'edge.yaml', [
    [':8080', '127.0.0.1:0'],
    ['10.0.0.5:8081', here(first.port)],
    ['10.0.0.6:8081', here(second.port)],
  ]);
  const clients = [await dial(t, herald.port()), await dial(t, herald.port())];
  const seen = await Promise.all([first, second].map(acceptClient));
  const ports = clients.map(({ socket }) => socket.localPort!);
  const announced = seen.map(({ header }) => header.sourcePort);
  t.deepEqual(announced.sort(), ports.sort());
  for (const { header } of seen) {
    t.like(sourceOf(header), { address: '127.0.0.1' });
    const types = readTlvs(header).map(({ type }) => type);
    t.deepEqual(types.sort(), [TLV.CRC32C, TLV.UNIQUE_ID]);
  }
  t.deepEqual(herald.complaints, []);
});

test('the example sidecar takes the header off, and its log names the client', async (t) => {
  const app = await endpoint(t);
  const herald = await startExample(t, 'sidecar.yaml', [
    [':8080', '127.0.0.1:0'],
    ['127.0.0.1:3000', here(app.port)],
    ['10.0.1.10, 10.0.1.11', '127.0.0.1'],
  ]);
  const client = await dial(t, herald.port());
  client.end(concat(v2(), latin('hello')));
  const seen = await app.accept();
  t.is((await seen.readToEnd()).toString(), 'hello');
  seen.end('bye');
  t.is((await client.readToEnd()).toString(), 'bye');
  t.is((await herald.session('203.0.113.7:51234')).reason, 'client_closed');
});

test('the example two-listeners brings a client back to its server, and presents each listener as it says', async (t) => {
  const [first, second] = [await startNamedServer(t, 'first'), await startNamedServer(t, 'second')];
  const mail = await endpoint(t);
  const replacements: Replacements = [
    ['":8443"', '127.0.0.1:0'],
    ['":2525"', '127.0.0.1:0'],
    ['10.0.0.5:8443', here(first)],
    ['10.0.0.6:8443', here(second)],
    ['10.0.0.9:2526', here(mail.port)],
  ];
  const herald = await startExample(t, 'two-listeners.yaml', replacements, { listeners: 2 });
  const servers = new Set<string>();
  for (let visit = 1; visit <= 3; visit++) {
    const client = await dial(t, herald.port('web'));
    client.end();
    servers.add((await client.readToEnd()).toString());
  }
  t.is(servers.size, 1);
  const sender = await dial(t, herald.port('mail'));
  const line = `PROXY TCP4 127.0.0.1 127.0.0.1 ${sender.socket.localPort} ${herald.port('mail')}\r\n`;
  t.is(await (await mail.accept()).readText(line.length), line);
});

test('the example forwarded names the client in every request', async (t) => {
  const site = await endpoint(t);
  const herald = await startExample(t, 'forwarded.yaml', [
    [':8080', '127.0.0.1:0'],
    ['127.0.0.1:3000', here(site.port)],
    ['10.0.1.0/28', '127.0.0.1'],
  ]);
  const client = await dial(t, herald.port());
  client.write(concat(v2(), latin('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')));
  const seen = await site.accept();
  let head = '';
  while (!head.endsWith('\r\n\r\n')) head += await seen.readText(1);
  t.regex(head, /\r\nX-Forwarded-For: 203\.0\.113\.7\r\n/i);
  t.regex(head, /\r\nForwarded: .*for="?203\.0\.113\.7/i);
});

inNamespace('the example transparent lets an ordinary server see the client itself', async (t) => {
  const namespace = await Namespace.create(t);
  await Program.run(t, 'routes up', { prefix: namespace.prefix });
  const server = await startOrdinaryServer(t, namespace, ['127.0.0.1']);
  const replacements: Replacements = [
    [':15432', '127.0.0.1:0'],
    ['127.0.0.1:5432', server.to],
    ['10.0.1.10', '127.0.0.1'],
  ];
  const prefix = [...namespace.prefix, ...withOnly('+net_raw')];
  const herald = await startExample(t, 'transparent.yaml', replacements, { prefix });
  await namespace.visit(t, { to: here(herald.port()), bytes: v2() });
  await herald.session('203.0.113.7:51234');
  t.deepEqual(server.seen(), [{ address: '203.0.113.7', port: 51_234 }]);
});

test('each example of a configuration has its test', (t) => {
  const played = ['edge', 'sidecar', 'two-listeners', 'forwarded', 'transparent'];
  // Needs a cluster: here it is only checked.
  const checked = ['kubernetes'];
  const names = [...played, ...checked].map((name) => `${name}.yaml`);
  t.deepEqual(readdirSync(EXAMPLES).sort(), names.sort());
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Connection } from '../helpers/connection.ts';
import { MANY_ADDRESSES } from '../helpers/peer-installed.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { Program } from '../helpers/program.ts';
import { ask, connectTo, visit } from './visit.ts';

const V1 = 'PROXY TCP4 192.0.2.1 198.51.100.9 56324 443\r\n';
const SIGNATURE = '0d0a0d0a000d0a515549540a';

test('inspect --hex --json gives a line for each header on standard input, and status 0 for every verdict', async (t) => {
  const headers = [
    `${SIGNATURE}2111000cc0000201c6336409dc0401bb474554`,
    `${SIGNATURE}20000000`,
    `${SIGNATURE}2111000c`,
    Buffer.from('GET / HTTP/1.1\r\n').toString('hex'),
    `${SIGNATURE}2141000c`,
    Buffer.from(V1).toString('hex'),
  ];
  const { code, stdout, stderr } = await Program.run(t, 'inspect --hex --json', {
    input: `${headers.join('\n')}\n`,
  });
  t.deepEqual([code, stderr], [0, '']);
  const verdicts = stdout.split('\n').map((line) => JSON.parse(line));
  const addresses = {
    source: { address: '192.0.2.1', port: 56324 },
    destination: { address: '198.51.100.9', port: 443 },
  };
  t.is(verdicts.length, headers.length);
  t.like(verdicts[0], { status: 'header', version: 2, command: 'PROXY', payload: '474554', ...addresses });
  t.like(verdicts[1], { status: 'header', version: 2, command: 'LOCAL', source: null, destination: null });
  t.deepEqual(verdicts[2], { status: 'incomplete', need: 12 });
  t.deepEqual(verdicts[3], { status: 'absent' });
  t.deepEqual(verdicts[4], { status: 'invalid', code: 'v2_family', at: 13 });
  t.like(verdicts[5], { status: 'header', version: 1, payload: '', ...addresses });
});

test('inspect reads the bytes of a file, or of standard input, and tells them in words', async (t) => {
  const file = join(await folderFor(t), 'header');
  await writeFile(file, V1);
  const [named, piped, missing] = await Promise.all([
    Program.run(t, `inspect ${file}`),
    Program.run(t, 'inspect', { input: V1 }),
    Program.run(t, `inspect ${file}.not`),
  ]);
  t.deepEqual([named.code, piped.code, missing.code], [0, 0, 1]);
  t.regex(named.stdout, /192\.0\.2\.1/);
  t.is(named.stdout, piped.stdout);
  t.regex(missing.stderr, /there is no such file/);
});

test('echo answers HTTP with whom it saw, with a header and without', async (t) => {
  const echo = await Program.start(t, 'echo --listen 127.0.0.1:0');
  const { address, port, answer } = await visit({ port: echo.port() });
  const plain = JSON.parse(answer.join(' '));
  t.like(plain, { client: { address, port: Number(port) }, header: 0 });

  const announced = await connectTo({ port: echo.port() });
  announced.write(V1);
  const seen = JSON.parse((await ask(announced)).answer.join(' '));
  t.like(seen, { client: { address: '192.0.2.1', port: 56324 }, header: 1 });
  t.deepEqual(await echo.stop(), { code: 0, signal: null });
});

test('echo --raw says whom it saw, then echoes to the end', async (t) => {
  const path = join(await folderFor(t), 'echo.sock');
  const echo = await Program.start(t, `echo --raw --listen unix:${path}`);
  const connection = await Connection.to({ path });
  t.teardown(() => connection.destroy());
  connection.end(`${V1}one\ntwo`);
  const [first, ...rest] = (await connection.readToEnd()).toString().split('\n');
  t.like(JSON.parse(first!), { client: { address: '192.0.2.1', port: 56324 }, peer: null, header: 1 });
  t.deepEqual(rest, ['one', 'two']);
  t.is((await echo.stop('SIGINT')).code, 0);
});

test('demo --once shows each client, and is status 0 as every answer is right', async (t) => {
  const { code, stdout, stderr } = await Program.run(t, 'demo --once');
  t.deepEqual([code, stderr], [0, '']);
  t.regex(stdout, MANY_ADDRESSES.missing === null ? /^127\.0\.0\.3 +127\.0\.0\.1 +127\.0\.0\.3/m : /^203\./m);
  t.regex(stdout, /9 of 9 answers are right/);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`demo serves clients, shows them, and ends on ${signal} with status 0`, async (t) => {
    const demo = Program.spawn(t, 'demo');
    const line = await demo.line(/^ +curl http:.*through Herald/);
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(line)![1]);
    await demo.line(/Connections:/);
    const { address, port: own, answer } = await visit({ port });
    t.like(JSON.parse(answer.join(' ')), { client: { address, port: Number(own) }, header: 2 });
    await demo.line(new RegExp(`^endpoint .*saw ${address}:${own}, from a v2 header`));
    await demo.line(new RegExp(`^herald .*${address}:${own} was announced`));
    t.deepEqual(await demo.stop(signal), { code: 0, signal: null });
    t.deepEqual(demo.stderr, []);
  });
}

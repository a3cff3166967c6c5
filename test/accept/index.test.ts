import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { build } from 'esbuild';
import * as accept from '../../src/accept/index.ts';
import * as library from '../../src/index.ts';
import { moduleGraph } from '../helpers/module-graph.ts';
import { folderFor } from '../helpers/peer-start.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What an import may cost at most, bundled and not minified. */
const MAX_BYTES = 60_000;

/** The rules of a header that engines share with this. */
const RULES = ['session/admission.js', 'session/client.js', 'session/header-reader.js'];

/** A whole program: a server, a client that is announced to it, and who the server saw. */
const PROGRAM = `
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { acceptProxyProtocol, proxyHeaderOf } from 'herald-proxy/accept';
const server = createServer(({ socket }, response) =>
  response.end(socket.remoteAddress + ' v' + proxyHeaderOf(socket).version));
acceptProxyProtocol(server, { trust: ['127.0.0.1'] });
server.listen(0, '127.0.0.1', () => {
  const client = connect(server.address().port, '127.0.0.1');
  client.write('PROXY TCP4 203.0.113.7 192.0.2.1 1 2\\r\\nGET / HTTP/1.0\\r\\n\\r\\n');
  client.setEncoding('utf8').on('data', (text) => console.log(text.split('\\r\\n\\r\\n')[1]));
  client.on('close', () => server.close());
});
`;

test('an import of accept loads no package, and of Herald addresses, the codec and the rules of a header', (t) => {
  const { files, outside } = moduleGraph('accept/index.js');
  t.deepEqual(outside, ['node:net', 'node:process']);
  t.deepEqual(
    files.filter((file) => !/^(?:accept|address|wire)\//.test(file)),
    RULES,
  );
});

test('an import of the library loads no package before a Herald is created', (t) => {
  const { files, outside } = moduleGraph('index.js');
  t.deepEqual(outside, ['node:net', 'node:process']);
  t.deepEqual(
    files.filter((file) => !/^(?:accept|address|wire)\//.test(file)),
    ['config/config-error.js', 'index.js', 'plan/start-error.js', ...RULES],
  );
});

test('accept has what the library has of it, and nothing else', (t) => {
  t.deepEqual(Object.keys(accept).sort(), ['acceptProxyProtocol', 'proxyHeaderOf']);
  t.is(accept.acceptProxyProtocol, library.acceptProxyProtocol);
  t.is(accept.proxyHeaderOf, library.proxyHeaderOf);
});

for (const [format, name] of [
  ['esm', 'bundle.mjs'],
  ['cjs', 'bundle.cjs'],
] as const) {
  test(`accept is bundled as ${format} in 60 kB, and runs`, async (t) => {
    const folder = await folderFor(t);
    const file = join(folder, name);
    const bundle = { bundle: true, platform: 'node', format, write: true } as const;
    const resolved = {
      stdin: { contents: PROGRAM, resolveDir: ROOT },
      outfile: file,
      metafile: true,
    } as const;
    const { metafile } = await build({ ...bundle, ...resolved });
    const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
    t.true(bytes - PROGRAM.length <= MAX_BYTES, `${bytes}`);
    t.is(execFileSync(process.execPath, [file], { encoding: 'utf8' }), '203.0.113.7 v1\n');
  });
}

test('a program of CommonJS requires it', (t) => {
  const script = "console.log(Object.keys(require('herald-proxy/accept')).sort().join())";
  const names = execFileSync(process.execPath, ['--input-type=commonjs', '-e', script], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.is(names, 'acceptProxyProtocol,proxyHeaderOf\n');
});

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';

const SOURCES = new URL('../../../src/', import.meta.url);
const BUILT = new URL('../../src/wire/index.js', import.meta.url);

test('importing the codec loads no package and no module of Node', (t) => {
  const files = ['wire/', 'address/'].flatMap((folder) =>
    readdirSync(new URL(folder, SOURCES)).map((file) => new URL(folder + file, SOURCES)),
  );
  t.true(files.length > 10);
  for (const file of files) {
    const imports = [...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)].map(([, from]) => from!);
    const others = imports.filter((from) => !/^(?:\.\/|\.\.\/address\/)[\w-]+\.ts$/.test(from));
    t.deepEqual(others, [], file.pathname);
  }
});

test('the codec is imported in a process of its own, and speaks', (t) => {
  const script = `
    const wire = await import(${JSON.stringify(BUILT.href)});
    const result = wire.parseHeader(wire.formatHeader({ version: 1 }));
    console.log(JSON.stringify([result.status, Object.keys(wire).sort()]));
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const [status, names] = JSON.parse(output) as [string, string[]];
  t.is(status, 'header');
  t.deepEqual(names, [
    'CRC32C_TLV_BYTES',
    'DEFAULT_MAX_HEADER_BYTES',
    'INVALID_CODES',
    'MAX_V1_BYTES',
    'SSL_TLV',
    'TLV',
    'V2_INET6_BYTES',
    'V2_INET_BYTES',
    'crc32c',
    'destinationOf',
    'escapeText',
    'findTlv',
    'formatHeader',
    'parseHeader',
    'parseSsl',
    'readTlvs',
    'sealCrc32c',
    'sourceOf',
    'tlvName',
    'tlvText',
    'writeTlv',
    'writeV1',
    'writeV1Unknown',
    'writeV2',
    'writeV2Local',
    'writeV2Unspec',
  ]);
});

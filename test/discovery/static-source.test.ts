import test from 'ava';
import { parseAddress } from '../../src/address/socket-address.ts';
import { createStaticSource } from '../../src/discovery/static-source.ts';

function addresses(...texts: readonly string[]) {
  return texts.map((text) => {
    const parsed = parseAddress(text);
    if ('problem' in parsed) throw new Error(parsed.problem);
    return parsed;
  });
}

test('addresses are endpoints at once: sorted, each once, ready, under the name that they were written by', (t) => {
  const source = createStaticSource(
    addresses('10.0.0.2:80', '[fd00::1]:80', '10.0.0.1:80', 'unix:/run/app', '10.0.0.2:80'),
  );
  t.is(source.name, '10.0.0.2:80,[fd00::1]:80,10.0.0.1:80,unix:/run/app,10.0.0.2:80');
  t.true(source.state.synced && source.health.synced);
  t.deepEqual(
    source.state.endpoints.map(({ text, path }) => [text, path]),
    [
      ['10.0.0.1:80', null],
      ['10.0.0.2:80', null],
      ['[fd00::1]:80', null],
      ['unix:/run/app', '/run/app'],
    ],
  );
  t.true(source.state.endpoints.every(({ ready, serving, terminating }) => ready && serving && !terminating));
});

test('a unix socket has no address to trust', (t) => {
  t.is(createStaticSource(addresses('unix:/run/app', '10.0.0.1:80')).state.addresses.length, 1);
});

test('a static source never reports anything', async (t) => {
  const source = createStaticSource(addresses('10.0.0.1:80'));
  source.start({ changed: () => t.fail(), remark: () => t.fail() });
  await source.stop();
  t.is(source.state.generation, 1);
});

import test from 'ava';
import { parseCidr } from '../../../src/address/cidr.ts';
import { formatIp } from '../../../src/address/ip.ts';
import { createIpSet } from '../../../src/address/ip-set.ts';
import { shop, sliceOf, startSource } from './source-parts.ts';
import { SLICES } from './watch-parts.ts';

const BURST_MS = 50;

// What a source does not accept from an API.

test('E10: refused endpoints are named once, and the others serve', async (t) => {
  const { api, clock, serves, remarks, codes } = await startSource(t, shop('127.0.0.1', '10.0.0.1'));
  await serves('10.0.0.1:8080');
  t.is(
    remarks[0]?.message,
    'endpoints of shop/web are refused because of their addresses: "127.0.0.1" (loopback)',
  );
  await api.watched(SLICES, 1);
  clock.advance(BURST_MS);
  api.put(sliceOf('127.0.0.1', '10.0.0.2'));
  await serves('10.0.0.2:8080');
  t.deepEqual(codes(), ['endpoint_refused']);
  clock.advance(BURST_MS);
  api.put(sliceOf('127.0.0.1', '169.254.169.254', '10.0.0.3'));
  await serves('10.0.0.3:8080');
  t.deepEqual(codes(), ['endpoint_refused', 'endpoint_refused']);
  t.regex(remarks[1]!.message, /: "169.254.169.254" \(link-local\)$/);
});

test('E10: a refused address is not trusted either', async (t) => {
  const cidrs = createIpSet([parseCidr('10.0.0.0/24')!]);
  const { source, synced } = await startSource(t, shop('127.0.0.1', '10.0.0.1', '10.9.9.9'), {
    ...{ port: null, cidrs },
  });
  await synced();
  t.deepEqual(
    source.state.addresses.map((ip) => formatIp(ip)),
    ['10.0.0.1'],
  );
  t.deepEqual(source.state.endpoints, []);
});

test('E10: an API that makes up new addresses all the time does not fill the log', async (t) => {
  const { api, clock, serves, codes } = await startSource(t, shop('10.0.0.1'));
  await serves('10.0.0.1:8080');
  await api.watched(SLICES, 1);
  for (let round = 1; round <= 110; round++) {
    clock.advance(BURST_MS);
    const wrong = Array.from({ length: 16 }, (_, n) => `127.${round}.0.${n}`);
    const good = `10.1.0.${round}`;
    api.put(sliceOf(...wrong, good));
    await serves(`${good}:8080`);
  }
  t.is(codes().length, 63, '63 = 1000 remembered addresses / 16, rounded up');
});

test('what the API says in its answers reaches a remark bounded and escaped', async (t) => {
  const message = `\u001b[31m${'x'.repeat(1000)}`;
  const { said, remarks } = await startSource(t, (api) =>
    api.answerNext('list', SLICES, { status: 500, body: { message } }),
  );
  await said('api_unavailable');
  const text = remarks.find(({ code }) => code === 'api_unavailable')!.message;
  t.true(text.includes('\\u001b[31mxxx'));
  t.true(text.length < 400);
});

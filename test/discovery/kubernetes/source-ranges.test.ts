import test from 'ava';
import { readSourceRanges } from '../../../src/discovery/kubernetes/source-ranges.ts';
import { service, slice } from '../../helpers/kubernetes-objects.ts';
import { startSource } from './source-parts.ts';

const BOTH = ['IPv4', 'IPv6'];
const ranges = (value: unknown, families: unknown = ['IPv4']) => readSourceRanges(value, families).ranges;

test('O1: without ranges everyone is admitted', (t) => {
  for (const none of [undefined, null, [], {}, '10.0.0.0/8']) t.is(ranges(none), null);
});

test('O1: ranges are trimmed, masked, sorted, and each is there once', (t) => {
  t.deepEqual(ranges([' 192.0.2.0/24\t', '10.1.2.3/8', '10.0.0.0/8']), ['10.0.0.0/8', '192.0.2.0/24']);
  t.deepEqual(ranges(['FD00::1/8', '10.0.0.0/8'], BOTH), ['10.0.0.0/8', 'fd00::/8']);
  t.deepEqual(ranges(['::ffff:10.0.0.0/104']), ['10.0.0.0/8']);
});

test('O1: a family of the Service that no range is of is open', (t) => {
  t.deepEqual(ranges(['10.0.0.0/8'], BOTH), ['10.0.0.0/8', '::/0']);
  t.deepEqual(ranges(['fd00::/8'], BOTH), ['0.0.0.0/0', 'fd00::/8']);
  t.deepEqual(ranges(['10.0.0.0/8'], null), ['10.0.0.0/8', '::/0']);
});

test('a family that the Service does not have is closed by any range, for nobody of it could come in either', (t) => {
  t.deepEqual(ranges(['10.0.0.0/8'], ['IPv4']), ['10.0.0.0/8']);
  t.deepEqual(ranges(['fd00::/8'], ['IPv6']), ['fd00::/8']);
  t.deepEqual(ranges(['fd00::/8'], ['IPv4']), ['0.0.0.0/0', 'fd00::/8']);
});

test('O1: a range of /0 is everyone of its family', (t) => {
  t.deepEqual(ranges(['0.0.0.0/0', '10.0.0.0/8']), ['0.0.0.0/0']);
  t.is(ranges(['0.0.0.0/0', '::/0'], BOTH), null);
  t.is(ranges(['0.0.0.0/0'], BOTH), null);
});

test('entries that are not ranges are ignored and reported', (t) => {
  const { ranges: read, malformed } = readSourceRanges(
    ['10.0.0.0/8', '10.0.0.1', '10.0.0.0/33', '', 7, 'x/8'],
    ['IPv4'],
  );
  t.deepEqual(read, ['10.0.0.0/8']);
  t.deepEqual(malformed, ['10.0.0.1', '10.0.0.0/33', '', '', 'x/8']);
});

test('if no entry is a range, nobody is admitted', (t) => {
  t.deepEqual(ranges(['all'], BOTH), []);
});

test('a source tells the ranges of its Service as they change and go, and which of them are none', async (t) => {
  const { api, clock, source, until, remarks, said } = await startSource(t, (api) => {
    api.put(service({ loadBalancerSourceRanges: ['10.0.0.0/8', 'office'] }));
    api.put(slice('web-a', []));
  });
  await said('source_range_malformed');
  t.deepEqual(source.state.service?.sourceRanges, ['10.0.0.0/8']);
  t.deepEqual(
    remarks.map(({ level, message }) => [level, message]),
    [
      [
        'warn',
        'loadBalancerSourceRanges of the Service shop/web has entries that are not CIDRs ("office"); ignoring them',
      ],
    ],
  );
  await api.watched('Service', 1);
  clock.advance(50);
  api.put(service({ loadBalancerSourceRanges: ['192.0.2.0/24'] }));
  await until(() => `${source.state.service?.sourceRanges}` === '192.0.2.0/24');
  clock.advance(50);
  api.put(service());
  await until(() => source.state.service !== null && source.state.service.sourceRanges === undefined);
  t.is(remarks.length, 1);
});

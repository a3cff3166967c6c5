import test from 'ava';
import fc from 'fast-check';
import { namesToAsk, parseResolverFile } from '../../../src/discovery/dns/resolver-file.ts';

const POD = `# made by the kubelet
nameserver 10.96.0.10
search shop.svc.cluster.local svc.cluster.local cluster.local.
options ndots:5 timeout:2 attempts:3
`;

test('the search list and the options of a pod are read', (t) => {
  t.deepEqual(parseResolverFile(POD), {
    search: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    ndots: 5,
    timeoutMs: 2000,
    attempts: 3,
  });
});

test('a file that says nothing, or is not there, means what the manual says', (t) => {
  const usual = { search: [], ndots: 1, timeoutMs: 5000, attempts: 2 };
  t.deepEqual(parseResolverFile(''), usual);
  t.deepEqual(parseResolverFile('; search a\n#options ndots:3\nsortlist x\noptions ndots:x rotate\n'), usual);
});

test('of search and domain the last line counts', (t) => {
  t.deepEqual(parseResolverFile('search a b\ndomain c d\n').search, ['c']);
  t.deepEqual(parseResolverFile('domain c\nsearch a\tb  \r\n').search, ['a', 'b']);
});

test('numbers are bounded as the C library bounds them', (t) => {
  const { ndots, timeoutMs, attempts } = parseResolverFile('options ndots:99 timeout:99999 attempts:0');
  t.deepEqual([ndots, timeoutMs, attempts], [15, 30_000, 1]);
});

test('a name of fewer dots than ndots is searched first, any other asked for as it is first', (t) => {
  const file = { ...parseResolverFile('search a.b c\noptions ndots:2') };
  t.deepEqual(namesToAsk('web', file), ['web.a.b.', 'web.c.', 'web.']);
  t.deepEqual(namesToAsk('web.shop', file), ['web.shop.a.b.', 'web.shop.c.', 'web.shop.']);
  t.deepEqual(namesToAsk('web.shop.svc', file), ['web.shop.svc.', 'web.shop.svc.a.b.', 'web.shop.svc.c.']);
});

test('a name that ends with a dot is not searched', (t) => {
  t.deepEqual(namesToAsk('web.', parseResolverFile(POD)), ['web.']);
});

test('whatever stands in the file, reading it gives bounded numbers', (t) => {
  const words = fc.constantFrom(
    'search',
    'domain',
    'options',
    'ndots:7',
    'timeout:',
    '\n',
    '.',
    ' ',
    '#',
    'a.',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string())), (parts) => {
      const { search, ndots, timeoutMs, attempts } = parseResolverFile(parts.join(' '));
      t.true(ndots <= 15 && timeoutMs >= 1000 && timeoutMs <= 30_000 && attempts >= 1 && attempts <= 5);
      t.false(search.includes(''));
    }),
  );
});

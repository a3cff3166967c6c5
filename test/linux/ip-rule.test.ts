import { fromLinux, onLinuxAtOnce as onLinux } from './on-linux.ts';

const { parseRule } = await fromLinux(() => import('../../src/linux/ip-rule.ts'));

/** As the kernel writes `from 127.0.0.1/8 iif lo lookup 123 proto 72`, of which tests change a part. */
function rule(changes: { header?: readonly [at: number, byte: number]; more?: readonly number[] } = {}) {
  const header = Uint8Array.of(2, 0, 8, 0, 123, 0, 0, 1, 0, 0, 0, 0);
  if (changes.header !== undefined) header[changes.header[0]] = changes.header[1];
  return Uint8Array.from([
    ...header,
    ...[8, 0, 15, 0, 123, 0, 0, 0],
    ...[8, 0, 14, 0, 0xff, 0xff, 0xff, 0xff],
    ...[7, 0, 3, 0, 0x6c, 0x6f, 0, 0],
    ...[8, 0, 6, 0, 0xfd, 0x7f, 0, 0],
    ...[8, 0, 2, 0, 127, 0, 0, 1],
    ...[5, 0, 21, 0, 72, 0, 0, 0],
    ...(changes.more ?? []),
  ]);
}

onLinux('a rule of our shape is read', (t) => {
  const { from, ...rest } = parseRule(rule())!;
  t.deepEqual([...from], [127, 0, 0, 1]);
  t.deepEqual(rest, { prefix: 8, iif: 'lo', table: 123, priority: 32_765, protocol: 72 });
});

for (const [title, changes] of Object.entries({
  'a rule for some destinations only': { header: [1, 8] },
  'a rule for a type of service': { header: [3, 4] },
  'a rule that does something else than look into a table': { header: [7, 6] },
  'a rule for all that it does not name': { header: [8, 2] },
  'a rule for marked packets': { more: [8, 0, 10, 0, 7, 0, 0, 0] },
  'a rule for some users': { more: [12, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
  'a rule that passes over short routes': { more: [8, 0, 14, 0, 8, 0, 0, 0] },
} as const)) {
  onLinux(`${title} is none of ours`, (t) => {
    t.is(parseRule(rule(changes as Parameters<typeof rule>[0])), undefined);
  });
}

onLinux('a rule for every source is none of ours', (t) => {
  t.is(parseRule(Uint8Array.of(2, 0, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0)), undefined);
});

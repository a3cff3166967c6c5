import test from 'ava';
import { COMMANDS } from './admin-answers.ts';
import { fakeAdmin } from './fake-admin.ts';
import { herald } from './fake-host.ts';

const LAST = { reason: 'connect_refused', at: '2026-01-01T00:00:00.000Z', ms: 3000 };

for (const [title, failed, lines] of [
  ['an older Herald says nothing of them', undefined, []],
  ['there are none', { sessions: 0, lastError: null }, []],
  [
    'there is one',
    { sessions: 1, lastError: LAST },
    ['', '1 session failed: connect_refused, 3s ago.', 'See "herald status" and "herald endpoints".'],
  ],
  [
    'there are many, and nobody knows the last',
    { sessions: 566, lastError: null },
    ['', '566 sessions failed.', 'See "herald status" and "herald endpoints".'],
  ],
  [
    'there are many',
    { sessions: 566, lastError: LAST },
    [
      '',
      '566 sessions failed; the last one: connect_refused, 3s ago.',
      'See "herald status" and "herald endpoints".',
    ],
  ],
] as const) {
  test(`refused points to sessions that failed: ${title}`, async (t) => {
    const admin = await fakeAdmin(t, (_request, response) =>
      response.end(JSON.stringify({ refused: [], failed })),
    );
    const { out } = await herald(['refused', '--admin', admin]);
    t.is(out, `${['nobody was refused', ...lines].join('\n')}\n`);
  });
}

test('an older Herald that says nothing of failures is shown all the same', async (t) => {
  const { listeners, ...rest } = COMMANDS[0].answer;
  const [{ failed: _, lastError: __, ...web }] = listeners;
  const admin = await fakeAdmin(t, (_request, response) =>
    response.end(JSON.stringify({ ...rest, listeners: [web] })),
  );
  const { status, out } = await herald(['status', '--admin', admin]);
  t.is(status, 0);
  t.regex(out, /\nweb .* - {2,}-\n$/);
});

test('a terminal shows the local time, of today without the date; a program gets UTC', async (t) => {
  const at = new Date();
  const refusal = {
    ...{ at: at.toISOString(), peer: '203.0.113.7:1', listener: 'web', reason: 'denied' },
    ...{ detail: null, firstBytes: null, decoded: null },
  };
  const admin = await fakeAdmin(t, (_request, response) =>
    response.end(JSON.stringify({ refused: [refusal] })),
  );
  const two = (part: number) => String(part).padStart(2, '0');
  const local = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const terminal = await herald(['refused', '--admin', admin], { columns: 200, isTTY: true });
  // The day may end between the answer and its display.
  t.regex(terminal.out, new RegExp(`\\n(?:\\d{4}-\\d\\d-\\d\\d )?${local}  web `));
  const program = await herald(['refused', '--admin', admin]);
  t.true(program.out.includes(`\n${refusal.at}  web `));
});

import { execFile } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';
import type { HeldSocket } from '../../src/plan/held-socket.ts';
import { fromLinux, leavesNothingOpen, onLinux } from '../linux/on-linux.ts';
import { Sockets } from '../linux/sockets.ts';
import { childPath, heldSockets, temporaryFolder } from './old-process.ts';
import { type ScriptedLink, scriptPredecessor } from './scripted-predecessor.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));
const { formatManifest } = await fromLinux(() => import('../../src/takeover/manifest.ts'));

// What a successor makes of an old process that a test scripts. It is a process of its own, for it blocks.

leavesNothingOpen();

const PATIENCE_MS = 10_000;

interface Parts {
  readonly held: readonly HeldSocket[];
  readonly sockets: Sockets;
}

/** Lets a child join an old process with that script, and gives what it says. */
async function joined(
  t: ExecutionContext,
  script: (link: ScriptedLink, parts: Parts) => Promise<void>,
  { word = '', ms = PATIENCE_MS, prefix = [] as readonly string[], count = 2 } = {},
): Promise<{ [key: string]: unknown }> {
  const path = join(temporaryFolder(t), 'socket');
  const sockets = new Sockets(t);
  const held = heldSockets(sockets, count);
  await scriptPredecessor(t, path, (link) => script(link, { held, sockets }));
  return JSON.parse(
    await run([...prefix, process.execPath, childPath('joining-child'), path, `${ms}`, word]),
  );
}

async function run([command, ...words]: readonly string[]): Promise<string> {
  return (await promisify(execFile)(command!, words, { timeout: 30_000 })).stdout;
}

/** All that an old process says until its successor has every socket. */
async function giveAll(link: ScriptedLink, { held }: Parts): Promise<void> {
  await link.line();
  await link.sayManifest(formatManifest(held));
  await link.line();
  link.sayWith(
    `descriptors ${held.length}`,
    held.map(({ fd }) => fd),
  );
}

onLinux('a successor has each socket once, and hears the last word', async (t) => {
  const heard: (string | null)[] = [];
  const answer = await joined(
    t,
    async (link, parts) => {
      await giveAll(link, parts);
      heard.push(await link.line());
      await link.say('yours\n');
      heard.push(await link.line());
    },
    { word: 'ready' },
  );
  // Two sockets and the connection.
  t.deepEqual(answer, { sockets: 2, received: 3, result: 'handed_over' });
  t.deepEqual(heard, ['ready', null]);
});

onLinux('the manifest and the last word may come in any pieces', async (t) => {
  const answer = await joined(
    t,
    async (link, { held }) => {
      await link.line();
      const manifest = Buffer.from(formatManifest(held));
      const bytes = Buffer.concat([Buffer.from(`manifest ${manifest.length}\n`), manifest]);
      for (const byte of bytes) await link.say(Buffer.of(byte));
      await link.line();
      link.sayWith(
        'descriptors 2',
        held.map(({ fd }) => fd),
      );
      await link.line();
      for (const letter of 'yours\n') await link.say(letter);
      await link.line();
    },
    { word: 'ready' },
  );
  t.like(answer, { sockets: 2, result: 'handed_over' });
});

onLinux(
  'an old process that ends before it says its last word is succeeded, for every socket is there',
  async (t) => {
    for (const waits of [true, false]) {
      const answer = await joined(
        t,
        async (link, parts) => {
          await giveAll(link, parts);
          if (waits) await link.line();
        },
        { word: 'ready' },
      );
      t.like(answer, { sockets: 2, result: 'gone' });
    }
  },
);

onLinux('an old process that has given the take-over up is not succeeded, whenever it did', async (t) => {
  for (const waits of [true, false]) {
    const answer = await joined(
      t,
      async (link, parts) => {
        await giveAll(link, parts);
        if (waits) await link.line();
        await link.say('refused this process is ending\n');
      },
      { word: 'ready' },
    );
    t.like(answer, { name: 'StartError', code: 'take_over_failed' });
    t.regex(String(answer.message), /: it refuses: this process is ending$/);
  }
});

onLinux('an old process that lives and does not say its last word is not succeeded', async (t) => {
  const answer = await joined(
    t,
    async (link, parts) => {
      await giveAll(link, parts);
      await link.line();
      t.is(await link.line(), null);
    },
    { word: 'ready', ms: 300 },
  );
  t.regex(String(answer.message), /: it does not answer in time$/);
});

type Script = (link: ScriptedLink, parts: Parts) => Promise<void>;

/** After the hello. */
const saying =
  (script: Script): Script =>
  async (link, parts) => {
    await link.line();
    await script(link, parts);
    await link.line();
  };

/** After the manifest of all sockets, and the first request for them. */
const giving = (give: (link: ScriptedLink, parts: Parts) => Promise<void> | void): Script =>
  saying(async (link, parts) => {
    await link.sayManifest(formatManifest(parts.held));
    await link.line();
    await give(link, parts);
  });

const fdsOf = ({ held }: Parts) => held.map(({ fd }) => fd);

const DEFECTS: readonly (readonly [what: string, script: Script, why: string | RegExp])[] = [
  ['closes at once', async () => {}, 'it closed the connection'],
  ['closes after the hello', async (link) => void (await link.line()), 'it closed the connection'],
  [
    'refuses',
    saying((link) => link.say('refused a take-over is under way\n')),
    'it refuses: a take-over is under way',
  ],
  [
    'says something else',
    saying((link) => link.say('HTTP/1.1 400 Bad Request\n')),
    'it answers something else than a manifest',
  ],
  ['never ends its line', saying((link) => link.say('x'.repeat(5000))), 'it sent a line that is too long'],
  [
    'announces too long a manifest',
    saying((link) => link.say('manifest 99999999\n')),
    'its manifest has 99999999 bytes, and at most 16777216 are read',
  ],
  [
    'cuts its manifest short',
    async (link) => {
      await link.line();
      await link.say('manifest 100\n{"version"');
    },
    'it closed the connection',
  ],
  ['sends no JSON', saying((link) => link.sayManifest(Buffer.from('listeners'))), 'the manifest is not JSON'],
  [
    'has a manifest of another version',
    saying((link) => link.sayManifest({ version: 2 })),
    'the manifest has version 2, this process knows version 1',
  ],
  [
    'sends descriptors with its manifest',
    saying(async (link, parts) => {
      const manifest = Buffer.from(formatManifest(parts.held)).toString();
      link.sayWith(`manifest ${manifest.length + 1}\n${manifest}`, fdsOf(parts));
    }),
    'it sent descriptors that were not asked for',
  ],
  [
    'sends fewer descriptors than it says',
    giving((link, parts) => link.sayWith('descriptors 2', fdsOf(parts).slice(1))),
    '1 came where its manifest has 2 descriptors',
  ],
  [
    'sends fewer descriptors',
    giving((link, parts) => link.sayWith('descriptors 1', fdsOf(parts).slice(1))),
    '1 came where its manifest has 2 descriptors',
  ],
  [
    'sends more descriptors',
    giving((link, parts) => link.sayWith('descriptors 3', [...fdsOf(parts), fdsOf(parts)[0]!])),
    '3 came where its manifest has 2 descriptors',
  ],
  [
    'sends no descriptors',
    giving((link) => link.say('yours\n')),
    'it answers something else than descriptors',
  ],
  [
    'sends one descriptor twice',
    giving((link, parts) => link.sayWith('descriptors 2', [fdsOf(parts)[0]!, fdsOf(parts)[0]!])),
    /^descriptor 1, listener "web" on 127\.0\.0\.1:\d+, is bound to 127\.0\.0\.1:\d+$/,
  ],
  [
    'sends a file',
    giving((link, { held, sockets }) => {
      link.sayWith('descriptors 2', [held[0]!.fd, sockets.keep(openSync('/dev/null', 'r'))]);
    }),
    /^descriptor 1, listener "web" on 127\.0\.0\.1:\d+, is no socket \(ENOTSOCK\)$/,
  ],
  [
    'sends a connection',
    giving((link, { held, sockets }) => {
      const { port } = sockets.listener();
      link.sayWith('descriptors 2', [held[0]!.fd, sockets.dial(port)]);
    }),
    /^descriptor 1, listener "web" on 127\.0\.0\.1:\d+, does not listen$/,
  ],
  [
    'closes instead of descriptors',
    async (link, { held }) => {
      await link.line();
      await link.sayManifest(formatManifest(held));
      await link.line();
    },
    'it closed the connection',
  ],
];

for (const [what, script, why] of DEFECTS) {
  onLinux(`an old process that ${what} is not succeeded, and nothing of it stays open`, async (t) => {
    const { name, code, message, left } = await joined(t, script);
    t.deepEqual({ name, code, left }, { name: 'StartError', code: 'take_over_failed', left: 0 });
    const [, sentence] =
      /^cannot take over from the process at \S+\/socket: (.+)$/.exec(String(message)) ?? [];
    if (typeof why === 'string') t.is(sentence, why);
    else t.regex(sentence!, why);
  });
}

onLinux('an old process that does not answer is not waited for any longer', async (t) => {
  const { message, left } = await joined(
    t,
    saying(async () => {}),
    { ms: 100 },
  );
  t.regex(String(message), /: it does not answer in time$/);
  t.is(left, 0);
});

onLinux('a successor that may not open so many descriptors keeps none of them', async (t) => {
  const prefix = ['sh', '-c', 'ulimit -n 64; exec "$0" "$@"'];
  const script = giving((link, parts) => link.sayWith('descriptors 100', fdsOf(parts)));
  const { message, left } = await joined(t, script, { prefix, count: 100 });
  t.regex(String(message), /: this process may not open so many descriptors$/);
  t.is(left, 0);
});

onLinux('where nobody listens, and where nothing is, a sentence says so', async (t) => {
  const folder = temporaryFolder(t);
  const left = socket.unixSocket();
  socket.bindUnix(left, join(folder, 'left'));
  socket.close(left);
  for (const [path, why] of [
    [join(folder, 'nothing'), 'there is no such socket'],
    [join(folder, 'left'), 'no process listens on it'],
  ] as const) {
    const answer = JSON.parse(await run([process.execPath, childPath('joining-child'), path, '1000']));
    t.is(answer.message, `cannot take over from the process at ${path}: ${why}`);
    t.is(answer.left, 0);
  }
});

import { join } from 'node:path';
import { NO_OPS, Program } from '../helpers/program.ts';
import { onLinux } from '../linux/on-linux.ts';
import { temporaryFolder } from '../takeover/old-process.ts';
import { scriptPredecessor } from '../takeover/scripted-predecessor.ts';

onLinux('a successor that is asked to end before it is ready does not take over', async (t) => {
  const path = join(temporaryFolder(t), 'take-over.sock');
  const said: (string | null)[] = [];
  await scriptPredecessor(t, path, async (link) => {
    said.push(await link.line());
    // It waits for the manifest now, and obeys once it is started.
    successor.signal('SIGTERM');
    await link.sayManifest({ version: 1, listeners: [] });
    said.push(await link.line());
  });
  const flags = `edge --listen 127.0.0.1:0 --to 127.0.0.1:9 ${NO_OPS}`;
  const successor = Program.spawn(t, flags, { env: { HERALD_TAKE_OVER: path } });
  t.is((await successor.exited).code, 0);
  t.deepEqual(said, ['herald-take-over 1', null]);
});

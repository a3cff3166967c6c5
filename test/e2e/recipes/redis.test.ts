import { installed } from '../../helpers/peer-installed.ts';
import { CLIENT, play, recipe, SITE } from './recipe.ts';

const SERVER = installed('redis-server');
const CLI = installed('redis-cli');

recipe(SERVER, CLI)('Redis sees the client: CLIENT INFO', async (t) => {
  const { site, abroad } = await play(t, 'Redis');
  const flags = '--bind 127.0.0.1 --port 6379 --protected-mode no --appendonly no --save';
  const server = site.start(t, SERVER.command, [...flags.split(' '), '']);
  await server.line(/Ready to accept connections/);
  const { stdout, stderr } = await abroad.run(t, CLI.command, ['-h', SITE, 'CLIENT', 'INFO']);
  t.regex(stdout, new RegExp(`\\baddr=${CLIENT}:\\d+ laddr=127\\.0\\.0\\.1:6379 `), stderr);
});

recipe(SERVER, CLI)('Redis in its protected mode sees that the client is not of loopback', async (t) => {
  const { site, abroad } = await play(t, 'Redis');
  const server = site.start(t, SERVER.command, ['--bind', '127.0.0.1', '--appendonly', 'no', '--save', '']);
  await server.line(/Ready to accept connections/);
  const { stdout, stderr } = await abroad.run(t, CLI.command, ['-h', SITE, 'PING']);
  t.regex(stdout + stderr, /DENIED/);
});

// A whole Herald inside a program: an edge that announces clients in version 2, and a reload.
import { ConfigError, createHerald } from 'herald-proxy';

const { LISTEN = '127.0.0.1:8443', TO = '127.0.0.1:8080' } = process.env;

/** @type {(to: string) => import('herald-proxy').HeraldConfig} */
const configFor = (to) => ({
  listeners: [{ name: 'web', listen: LISTEN, to, present: 'v2', connectTimeout: '1s' }],
});

const herald = await createHerald(configFor(TO), { log: process.stderr });
console.log(`listening on ${herald.listeners[0].address}`);

// Another endpoint, on a line of standard input. What is wrong changes nothing.
process.stdin.setEncoding('utf8').on('data', async (line) => {
  try {
    await herald.reload(configFor(line.trim()));
    console.log('reloaded');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { option, expected, got } of error.problems)
      console.log(`${option}: expected ${expected}, got ${got}`);
  }
});
process.on('SIGTERM', () => herald.drain());
await herald.ended;
process.stdin.destroy();

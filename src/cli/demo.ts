import { ConfigError } from '../config/config-error.ts';
import { type CliCommand, isOn, switchFlag } from './command.ts';

export const demo: CliCommand = {
  usage: 'herald demo [--once]',
  text: 'Runs an endpoint and an edge in front of it on loopback, and prints commands to try in another terminal.',
  flags: [switchFlag('once', 'Plays the clients itself, shows which clients the endpoint saw, and exits.')],
  examples: [['herald demo --once', 'The whole demo in a second.']],
  run: async (args, host) => {
    const once = isOn(args, 'once');
    if (args.problems.length > 0) throw new ConfigError(args.problems);
    const { runDemo } = await import('../tools/demo.ts');
    return runDemo({ once }, host);
  },
};

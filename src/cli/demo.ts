import { ConfigError } from '../config/config-error.ts';
import { type CliCommand, isOn, switchFlag } from './command.ts';

export const demo: CliCommand = {
  usage: 'herald demo [--once]',
  text: 'Starts an endpoint and an edge before it on loopback, and says what to type into another terminal.',
  flags: [switchFlag('once', 'Plays the clients itself, shows who the endpoint saw, and ends.')],
  examples: [['herald demo --once', 'the whole story in a second']],
  run: async (args, host) => {
    const once = isOn(args, 'once');
    if (args.problems.length > 0) throw new ConfigError(args.problems);
    const { runDemo } = await import('../tools/demo.ts');
    return runDemo({ once }, host);
  },
};

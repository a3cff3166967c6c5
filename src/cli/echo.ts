import { ConfigError, missing } from '../config/config-error.ts';
import { address } from '../config/values/addresses.ts';
import { type CliCommand, isOn, readFlag, switchFlag } from './command.ts';

export const echo: CliCommand = {
  usage: 'herald echo --listen ADDR [--raw]',
  text: 'Runs an endpoint that answers each HTTP request with the client that it saw, as one line of JSON. For tests, and for --node-echo. It believes every PROXY header, so anybody who reaches it can claim any address.',
  flags: [
    { key: 'listen', arity: 'one', group: 'Flags', text: 'Where to listen.', values: address.values },
    switchFlag('raw', 'Sends one line of JSON, then echoes every byte, instead of HTTP.'),
  ],
  examples: [['herald echo --listen 127.0.0.1:9000', 'then: curl --haproxy-protocol http://127.0.0.1:9000/']],
  run: async (args, host) => {
    const raw = isOn(args, 'raw');
    const listen = readFlag(args, 'listen', address);
    if (!args.flags.has('listen')) args.problems.push(missing('--listen', address.expected));
    if (args.problems.length > 0 || listen === undefined) throw new ConfigError(args.problems);
    const { runEcho } = await import('../tools/echo.ts');
    return runEcho({ listen, raw }, host);
  },
};

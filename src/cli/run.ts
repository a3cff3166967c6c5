import { ConfigError, missing } from '../config/config-error.ts';
import { presentName } from '../config/former-names.ts';
import { LISTENER_OPTIONS } from '../config/listener-options.ts';
import { filePath } from '../config/values/names.ts';
import type { Host } from '../observe/host.ts';
import { type Arguments, type CliCommand, isOn, readFlag, switchFlag } from './command.ts';
import { processFlags, serve } from './serve.ts';

export const run: CliCommand = {
  usage: 'herald run --config FILE [flags]',
  text: 'Serves any number of listeners from a file of YAML or JSON. Options of the process are flags and environment variables too, which take precedence over the file; options of a listener are in the file only.',
  flags: [
    {
      key: 'config',
      arity: 'one',
      group: 'Flags',
      text: 'Configuration file.',
      values: 'FILE, or the variable HERALD_CONFIG',
    },
    switchFlag('check', 'Only checks whether the configuration is valid.'),
    switchFlag('schema', 'Prints the JSON Schema of the file.'),
    ...processFlags(),
  ],
  mainFlags: [
    ...['config', 'check', 'schema', 'watchConfig', 'metrics'],
    ...['admin', 'drainTimeout', 'accessLog', 'logLevel', 'logFormat'],
  ],
  examples: [
    [
      'herald run --config herald.yaml',
      'Serves; SIGHUP reloads the file, SIGUSR2 starts a new process in its place.',
    ],
    ['herald run --config herald.yaml --check', 'Shows every mistake with its line.'],
    ['herald run --schema > herald.schema.json', 'For completion and checks in an editor.'],
  ],
  explainUnknown: (flag) => {
    const key = presentName(flag) ?? flag;
    return Object.hasOwn(LISTENER_OPTIONS, key)
      ? `with run, ${key} is set in the file, at its listener`
      : undefined;
  },
  run: async (args, host) => {
    const check = isOn(args, 'check');
    if (isOn(args, 'schema')) return printSchema(args, host);
    const file = configFile(args, host);
    const { configFromFile } = await import('../config/config-from-file.ts');
    const read = () => configFromFile(file, args.flags, host.env, args.problems);
    const config = read();
    if (!check) return serve(config, host, { file, read });
    for (const warning of config.warnings) host.stderr.write(`herald: warning: ${warning}\n`);
    host.stdout.write(`${file}: valid, ${count(config.listeners.length)}\n`);
    return 0;
  },
};

/** Without a file only mistakes of the command line can be reported. */
function configFile(args: Arguments, host: Host): string {
  const given = args.flags.has('config') ? readFlag(args, 'config', filePath) : host.env.HERALD_CONFIG;
  if (given) return given;
  if (!args.flags.has('config')) {
    const expected = `${filePath.expected}, here or in the variable HERALD_CONFIG`;
    args.problems.push(missing('--config', expected));
  }
  throw new ConfigError(args.problems);
}

async function printSchema({ problems }: Arguments, host: Host): Promise<number> {
  if (problems.length > 0) throw new ConfigError(problems);
  const { fileJsonSchema } = await import('../config/file-schema.ts');
  host.stdout.write(`${JSON.stringify(fileJsonSchema(), null, 2)}\n`);
  return 0;
}

function count(listeners: number): string {
  return `${listeners} listener${listeners === 1 ? '' : 's'}`;
}

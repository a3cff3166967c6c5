import { adminAddress } from '../config/config-from-flags.ts';
import { AdminError, askAdmin } from './ask-admin.ts';
import { type CliCommand, isOn, switchFlag } from './command.ts';
import { fitTable } from './fit-text.ts';
import { processFlag } from './serve.ts';

/** A command that asks a running Herald for one path, and prints the answer as a table or as JSON. */
export function adminCommand<Answer>(parts: {
  readonly name: string;
  readonly text: string;
  readonly path: string;
  readonly format: (answer: Answer) => string;
}): CliCommand {
  const { name, text, path, format } = parts;
  return {
    usage: `herald ${name} [--admin ADDR] [--json]`,
    text,
    flags: [processFlag('admin'), switchFlag('json', 'Prints the answer as JSON, on one line.')],
    examples: [
      [`herald ${name} --admin unix:/run/herald.sock --json`, 'A Herald whose --admin is a unix socket.'],
    ],
    run: async (args, host) => {
      const json = isOn(args, 'json');
      const answer = await askAdmin(adminAddress(args.flags, host.env, args.problems), path);
      const { stdout } = host;
      const text = json ? answer.trimEnd() : formatAnswer(answer, format);
      // Only a terminal gets lines of its width; a program gets whole lines.
      stdout.write(
        `${json || !stdout.isTTY ? text : fitTable(text, stdout.columns ?? Number.POSITIVE_INFINITY)}\n`,
      );
      return 0;
    },
  };
}

/** The answer may come from another program, or from another version of Herald. */
function formatAnswer<Answer>(answer: string, format: (answer: Answer) => string): string {
  try {
    return format(JSON.parse(answer));
  } catch {
    throw new AdminError(
      'the answer is not in the format of this version of Herald; --json prints it unchanged',
    );
  }
}

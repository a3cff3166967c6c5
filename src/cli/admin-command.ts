import { adminAddress } from '../config/config-from-flags.ts';
import { AdminError, askAdmin } from './ask-admin.ts';
import { type CliCommand, isOn, switchFlag } from './command.ts';
import { fitTable } from './fit-text.ts';
import { processFlag } from './serve.ts';

/** A command that asks a running Herald one thing, and prints the answer as a table or as it came. */
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
      // What is read by a program stays as it is.
      stdout.write(
        `${json || !stdout.isTTY ? text : fitTable(text, stdout.columns ?? Number.POSITIVE_INFINITY)}\n`,
      );
      return 0;
    },
  };
}

/** Whoever answers may be another program, or another Herald. */
function formatAnswer<Answer>(answer: string, format: (answer: Answer) => string): string {
  try {
    return format(JSON.parse(answer));
  } catch {
    throw new AdminError(
      'the answer is not in the format of this version of Herald; --json prints it unchanged',
    );
  }
}

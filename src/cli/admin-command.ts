import { adminAddress } from '../config/config-from-flags.ts';
import { terminalColumns } from '../tools/wrap-text.ts';
import { AdminError, askAdmin } from './ask-admin.ts';
import { type CliCommand, isOn, switchFlag } from './command.ts';
import { fitTable } from './fit-text.ts';
import { processFlag } from './serve.ts';

/** A command that asks a running Herald for one path, and prints the answer as a table or as JSON. */
export function adminCommand<Answer>(parts: {
  readonly name: string;
  readonly text: string;
  readonly path: string;
  /** The answer as text, for a terminal of this width, or null if standard output is no terminal. */
  readonly format: (answer: Answer, width: number | null) => string;
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
      if (json) stdout.write(`${answer.trimEnd()}\n`);
      else {
        // Only a terminal gets lines of its width; a program gets whole lines.
        const width = stdout.isTTY === true ? terminalColumns(host) : null;
        const text = formatAnswer(answer, width, format);
        stdout.write(`${width === null ? text : fitTable(text, width)}\n`);
      }
      return 0;
    },
  };
}

/** The answer may come from another program, or from another version of Herald. */
function formatAnswer<Answer>(
  answer: string,
  width: number | null,
  format: (answer: Answer, width: number | null) => string,
): string {
  try {
    return format(JSON.parse(answer), width);
  } catch {
    throw new AdminError(
      'the answer is not in the format of this version of Herald; --json prints it unchanged',
    );
  }
}

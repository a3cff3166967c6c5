import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { ConfigError } from '../config/config-error.ts';
import { showValue } from '../config/show-value.ts';
import type { Host } from '../observe/host.ts';
import { inspectBytes, parseHexLine } from '../tools/inspect.ts';
import { formatInspection } from '../tools/inspect-text.ts';
import { type CliCommand, isOn, switchFlag } from './command.ts';

/** Bytes after the header are shown too; this bounds memory. */
const MAX_BYTES = 16 * 1024 * 1024;
/** The longest header in hexadecimal, with room for `0x`, spaces and some payload. */
const MAX_LINE_CHARS = 1024 * 1024;

export const inspect: CliCommand = {
  usage: 'herald inspect [--hex] [--json] [FILE]',
  text: 'Reads bytes from a file or standard input and decodes the PROXY header that they begin with. The exit status is 0 for every verdict, an invalid header included.',
  flags: [
    switchFlag('hex', 'Reads one header per line, in hexadecimal.'),
    switchFlag('json', 'Prints one JSON object per line.'),
  ],
  maxOperands: 1,
  examples: [
    ["printf 'PROXY TCP4 192.0.2.1 198.51.100.9 56324 443\\r\\n' | herald inspect", 'a header of version 1'],
    ['echo 0d0a0d0a000d0a515549540a20000000 | herald inspect --hex --json', 'LOCAL, version 2'],
  ],
  run: async (args, host) => {
    const hex = isOn(args, 'hex');
    const json = isOn(args, 'json');
    if (args.problems.length > 0) throw new ConfigError(args.problems);
    const [file = '-'] = args.operands;
    const input = file === '-' ? host.stdin : createReadStream(file);
    // Without it the command seems to hang.
    if (file === '-' && host.stdin.isTTY === true)
      host.stderr.write('herald: reading standard input until its end (Ctrl-D)\n');
    const printer = createPrinter(host.stdout);
    const show = (bytes: Uint8Array) => {
      const result = inspectBytes(bytes);
      return printer.print(json ? JSON.stringify(result) : formatInspection(result));
    };
    try {
      return await (hex ? inspectLines(input, show, printer, host) : inspectAll(input, show));
    } catch (error) {
      host.stderr.write(
        `herald: cannot read ${file === '-' ? 'standard input' : showValue(file)}: ${why(error)}\n`,
      );
      return 1;
    } finally {
      input.destroy();
    }
  },
};

async function inspectAll(input: Readable, show: (bytes: Uint8Array) => Promise<void>): Promise<number> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
  }
  await show(Buffer.concat(chunks));
  return 0;
}

/** A line that is not hexadecimal is reported on standard error, and the others are still shown. */
async function inspectLines(
  input: Readable,
  show: (bytes: Uint8Array) => Promise<void>,
  printer: Printer,
  host: Host,
): Promise<number> {
  let status = 0;
  let number = 0;
  for await (const line of readLines(input, MAX_LINE_CHARS)) {
    number++;
    const bytes = parseHexLine(line);
    if (bytes instanceof Uint8Array) await show(bytes);
    else {
      host.stderr.write(`herald: line ${number}: ${bytes.problem}\n`);
      status = 1;
    }
    // As with `| head`.
    if (printer.closed) break;
  }
  return status;
}

function why(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'permission denied';
  return code === 'EISDIR' ? 'it is a directory' : message;
}

/** Prints lines to a reader that may be slow or go away. */
interface Printer {
  /** Resolves when there is room for more, or the reader is gone. */
  print(line: string): Promise<void>;
  /** True once the reader is gone. */
  readonly closed: boolean;
}

function createPrinter(stream: Writable): Printer {
  let closed = false;
  // EPIPE: `herald inspect | head` ends quietly.
  const gone = () => {
    closed = true;
  };
  stream.on('error', gone).on('close', gone);
  return {
    async print(line) {
      if (closed || stream.write(`${line}\n`)) return;
      await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(gone);
    },
    get closed() {
      return closed;
    },
  };
}

/** The lines of a stream, without LF or CRLF. Throws if one is longer than `maxChars`. */
async function* readLines(input: Readable, maxChars: number): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield line.replace(/\r$/, '');
    if (rest.length > maxChars) throw new Error(`a line of more than ${maxChars} characters`);
  }
  if (rest !== '') yield rest;
}

import type { Host } from '../observe/host.ts';

/** The width of the terminal; infinite if standard output is none, since a program gets whole lines. */
export function terminalColumns({ stdout }: Host): number {
  return stdout.isTTY === true ? (stdout.columns ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
}

/** Wraps text to lines of at most `columns` characters, each indented; a longer word has a line of its own. */
export function wrapText(text: string, columns: number, indent = ''): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length > indent.length && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = indent;
    }
    line += line.length > indent.length ? ` ${word}` : word;
  }
  return [...lines, line].join('\n');
}

/** The text after a label, with further lines below its own beginning. */
export function wrapAfter(label: string, text: string, columns: number): string {
  return label + wrapText(text, columns, ' '.repeat(label.length)).slice(label.length);
}

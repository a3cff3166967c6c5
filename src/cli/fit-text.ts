/** What stands before the part of a row that goes on below. */
const INDENT = '    ';

/**
 * A table for a terminal that is narrower: the columns that have no room go on below, each row in the same way, rather
 * than wherever the terminal breaks it. Blocks between blank lines are tables of their own; one that fits stays as it is.
 */
export function fitTable(text: string, columns: number): string {
  return text
    .split('\n\n')
    .map((block) => fitBlock(block.split('\n'), columns).join('\n'))
    .join('\n\n');
}

function fitBlock(lines: readonly string[], columns: number): readonly string[] {
  const width = Math.max(...lines.map((line) => line.length));
  if (width <= columns) return lines;
  const breaks = breaksOf([...columnStarts(lines, width), width], columns);
  return lines.flatMap((line) => {
    const parts = breaks.map((start, at) => line.slice(start, breaks[at + 1]).trimEnd());
    return parts.flatMap((part, at) => {
      if (part.trim() === '' && at > 0) return [];
      const text = at === 0 ? part : INDENT + part;
      return text.length <= columns ? [text] : wrapText(part, columns, at === 0 ? '' : INDENT).split('\n');
    });
  });
}

/** Where a column begins: behind a gap of two spaces that goes through every line. */
function columnStarts(lines: readonly string[], width: number): number[] {
  const isBlank = (at: number) => lines.every((line) => (line[at] ?? ' ') === ' ');
  const starts = [0];
  for (let at = 2; at < width; at++) if (isBlank(at - 1) && isBlank(at - 2) && !isBlank(at)) starts.push(at);
  return starts;
}

/** The columns at which a new line begins. One that is wider than the terminal has a line of its own. */
function breaksOf(starts: readonly number[], columns: number): number[] {
  const breaks = [0];
  for (let at = 1; at < starts.length - 1; at++) {
    const from = breaks.at(-1)!;
    const indent = from === 0 ? 0 : INDENT.length;
    if (starts[at + 1]! - from + indent > columns) breaks.push(starts[at]!);
  }
  return breaks;
}

/** Text as lines of at most so many characters, each indented; a word that is longer has a line of its own. */
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

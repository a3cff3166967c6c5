import { wrapText } from '../tools/wrap-text.ts';

/** Indents the parts of a row that are continued below. */
const INDENT = '    ';

/**
 * Fits a table to a narrower terminal: columns without room are continued below, in every row at the same column. Blocks
 * between blank lines are separate tables; one that fits is unchanged.
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

/** Positions where a column begins: after a gap of two spaces in every line. */
function columnStarts(lines: readonly string[], width: number): number[] {
  const isBlank = (at: number) => lines.every((line) => (line[at] ?? ' ') === ' ');
  const starts = [0];
  for (let at = 2; at < width; at++) if (isBlank(at - 1) && isBlank(at - 2) && !isBlank(at)) starts.push(at);
  return starts;
}

/** Positions where a new line begins. A column wider than the terminal has a line of its own. */
function breaksOf(starts: readonly number[], columns: number): number[] {
  const breaks = [0];
  for (let at = 1; at < starts.length - 1; at++) {
    const from = breaks.at(-1)!;
    const indent = from === 0 ? 0 : INDENT.length;
    if (starts[at + 1]! - from + indent > columns) breaks.push(starts[at]!);
  }
  return breaks;
}

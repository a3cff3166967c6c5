/** What stands where there is no figure. */
export const NO_FIGURE = '–';

/** Columns of text: the first on the left, figures on the right, and a last one of words on the left again. */
export function alignRows(
  rows: readonly (readonly string[])[],
  { words = false }: { readonly words?: boolean } = {},
): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const isText = (at: number) => at === 0 || (words && at === columns - 1);
  return rows.map((row) => {
    const cells = row.map((cell, at) => (isText(at) ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)));
    return `  ${cells.join('  ')}`.trimEnd();
  });
}

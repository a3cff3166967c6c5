/** A table as text in columns, or as Markdown. The first row is the head. */
export function textTable(rows: readonly (readonly string[])[], markdown: boolean): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column]!));
    return markdown ? `| ${cells.join(' | ')} |` : cells.join('   ').trimEnd();
  });
  const rule = markdown
    ? `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
    : widths.map((width) => '-'.repeat(width)).join('   ');
  return [lines[0]!, rule, ...lines.slice(1)].join('\n');
}

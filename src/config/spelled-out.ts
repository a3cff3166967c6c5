/** How many mistakes of one kind are spelled out: whoever made 20,000 made one, and a screen has 50 lines. */
const MOST = 20;

/**
 * The lines of things that come in kinds: of each kind the first 20, and behind them all a line that says how many more
 * there are: `more` is that number, `first` the first that is left out.
 */
export function spelledOut<T>(
  items: readonly T[],
  kindOf: (item: T) => string,
  lineOf: (item: T) => string,
  restOf: (kind: string, more: string, first: T) => string,
): string[] {
  const kinds = new Map<string, { count: number; first: T | undefined }>();
  const lines: string[] = [];
  for (const item of items) {
    const kind = kindOf(item);
    const seen = kinds.get(kind) ?? { count: 0, first: undefined };
    kinds.set(kind, seen);
    seen.count++;
    if (seen.count <= MOST) lines.push(lineOf(item));
    else seen.first ??= item;
  }
  for (const [kind, { count, first }] of kinds) {
    if (first !== undefined) lines.push(restOf(kind, (count - MOST).toLocaleString('en-US'), first));
  }
  return lines;
}

import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
} from 'yaml';

type Path = readonly (string | number)[];

/**
 * Positions of the parts of a YAML document, and its duplicate keys, found in one walk. A file with 20,000 mistakes needs as
 * many positions, and the parser's own check for duplicate keys is quadratic.
 */
export class DocumentIndex {
  /** Keys that their mapping has twice. */
  readonly duplicates: readonly Node[];
  /** Number of aliases. */
  aliases = 0;
  readonly #root: unknown;
  readonly #pairs = new Map<unknown, ReadonlyMap<string, Pair>>();
  readonly #meant = new Map<Alias, Node>();

  constructor(document: Document) {
    this.#root = document.contents;
    this.duplicates = this.#walk();
  }

  /** `["listeners", 0, "trust"]` → its offset, or that of the nearest enclosing part if it is missing. */
  positionOf(path: Path): number {
    let node = this.#root;
    let position = startOf(node) ?? 0;
    for (const step of path) {
      if (isAlias(node)) node = this.#meant.get(node);
      if (isMap(node)) {
        const pair = this.#pairs.get(node)?.get(String(step));
        if (pair === undefined) break;
        position = startOf(pair.key) ?? position;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        position = startOf(node) ?? position;
      } else break;
    }
    return position;
  }

  /** In document order, because an alias refers to the last anchor of its name before it. */
  #walk(): Node[] {
    const duplicates: Node[] = [];
    const anchors = new Map<string, Node>();
    const left: unknown[] = [this.#root];
    while (left.length > 0) {
      const node = left.pop();
      if (isAlias(node)) {
        this.aliases++;
        const meant = anchors.get(node.source);
        if (meant !== undefined) this.#meant.set(node, meant);
        continue;
      }
      if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isMap(node)) {
        this.#pairs.set(node, pairsOf(node.items, duplicates));
        for (const { key, value } of node.items.toReversed()) left.push(value, key);
      } else if (isSeq(node)) for (const item of node.items.toReversed()) left.push(item);
    }
    return duplicates;
  }
}

function pairsOf(items: readonly Pair[], duplicates: Node[]): ReadonlyMap<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const pair of items) {
    if (!isScalar(pair.key)) continue;
    // Keys become property names: 1 and "1" are one key.
    const key = String(pair.key.value ?? '');
    if (pairs.has(key)) duplicates.push(pair.key);
    else pairs.set(key, pair);
  }
  return pairs;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}

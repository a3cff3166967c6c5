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
 * Where the parts of a document stand, and which keys are written twice. Made in one walk: a file of 20,000 mistakes asks
 * for as many places, and the parser's own look for keys that come twice compares each with all before it.
 */
export class DocumentIndex {
  /** Keys that their mapping has already. */
  readonly duplicates: readonly Node[];
  /** How many aliases there are. */
  aliases = 0;
  readonly #root: unknown;
  readonly #pairs = new Map<unknown, ReadonlyMap<string, Pair>>();
  readonly #meant = new Map<Alias, Node>();

  constructor(document: Document) {
    this.#root = document.contents;
    this.duplicates = this.#walk();
  }

  /** `["listeners", 0, "trust"]` → its offset, or that of the nearest part around it where it is not there. */
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

  /** In the order of the document, so that an alias means the last anchor of its name before it. */
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
    // As an object will have it: 1 and "1" are one key.
    const key = String(pair.key.value ?? '');
    if (pairs.has(key)) duplicates.push(pair.key);
    else pairs.set(key, pair);
  }
  return pairs;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}

import { readFileSync, statSync } from 'node:fs';

export interface ModuleGraph {
  /** Paths below `dist/src/`, sorted. */
  readonly files: readonly string[];
  /** Packages and modules of Node, sorted. */
  readonly outside: readonly string[];
  readonly bytes: number;
}

const BUILT = new URL('../../src/', import.meta.url);

/** All that an import of a built file loads at once; what it loads later, by `import()`, is not part of it. */
export function moduleGraph(path: string): ModuleGraph {
  const files = new Map<string, number>();
  const outside = new Set<string>();
  const todo = [new URL(path, BUILT)];
  for (let url = todo.pop(); url !== undefined; url = todo.pop()) {
    if (files.has(url.href)) continue;
    files.set(url.href, statSync(url).size);
    const code = readFileSync(url, 'utf8');
    for (const [, from] of code.matchAll(
      /^(?:import|export)\b[^;'"]*?(?:\bfrom |^import )['"]([^'"]+)['"];/gm,
    )) {
      if (from!.startsWith('.')) todo.push(new URL(from!, url));
      else outside.add(from!);
    }
  }
  return {
    files: [...files.keys()].map((href) => href.slice(BUILT.href.length)).sort(),
    outside: [...outside].sort(),
    bytes: [...files.values()].reduce((sum, size) => sum + size, 0),
  };
}

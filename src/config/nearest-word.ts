/** Greatest edit distance. */
const MOST_OFF = 2;

/** The word that was probably meant: at most two edits away, and fewer than half its letters. Else undefined. */
export function nearestWord(word: string, words: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = Math.min(MOST_OFF, Math.floor((word.length - 1) / 2)) + 1;
  for (const candidate of words) {
    // The difference in length is a lower bound; this also bounds the cost of long words.
    if (Math.abs(word.length - candidate.length) >= least) continue;
    const off = distance(word.toLowerCase(), candidate.toLowerCase());
    if (off < least) {
      least = off;
      nearest = candidate;
    }
  }
  return nearest;
}

/** Levenshtein distance. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}

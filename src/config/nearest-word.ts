/** Two edits make another word of a short one. */
const SHORT = 5;

/**
 * The word that was probably meant: one edit away (a letter more, less or other, or two letters swapped) for words of three
 * to five letters, at most two for longer ones. Else undefined.
 */
export function nearestWord(word: string, words: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = (word.length < 3 ? 0 : word.length <= SHORT ? 1 : 2) + 1;
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

/** Edit distance in which two swapped letters are one edit (optimal string alignment). */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const swapped = isSwap ? before[j - 2]! + 1 : changed;
      next.push(Math.min(changed, swapped, row[j]! + 1, next[j - 1]! + 1));
    }
    before = row;
    row = next;
  }
  return row[other.length]!;
}

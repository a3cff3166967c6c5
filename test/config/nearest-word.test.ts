import test from 'ava';
import { nearestWord } from '../../src/config/nearest-word.ts';

const WORDS = ['header', 'headerTimeout', 'to', 'tlv', 'trust', 'listen'];

for (const [word, near] of [
  ['header', 'header'],
  ['headr', 'header'],
  ['hedaer', 'header'],
  ['headertimeout', 'headerTimeout'],
  ['headerTimeOut', 'headerTimeout'],
  ['headrTimeot', 'headerTimeout'],
  ['tust', 'trust'],
  ['lsiten', 'listen'],
  ['tl', undefined],
  ['turst', 'trust'],
  ['trest', 'trust'],
  ['tresd', undefined],
  ['old', undefined],
  ['x', undefined],
  ['', undefined],
  ['headline', undefined],
  ['balance', undefined],
] as const) {
  test(`${JSON.stringify(word)} ${near === undefined ? 'was no word of ours' : `was meant as ${near}`}`, (t) => {
    t.is(nearestWord(word, WORDS), near);
  });
}

test('the nearest of two wins', (t) => t.is(nearestWord('abcdx', ['abxxx', 'abcde']), 'abcde'));

test('a word that is far too long is compared with none', (t) => {
  const words = WORDS.map((word) =>
    Object.assign(new String(word), { toLowerCase: () => t.fail() as never }),
  );
  t.is(nearestWord('header'.repeat(1000), words as unknown as string[]), undefined);
});

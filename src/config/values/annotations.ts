import { ANNOTATIONS, type AnnotationName } from '../annotation-names.ts';
import { nearestWord } from '../nearest-word.ts';
import {
  accept,
  type ParsedValue,
  parseList,
  refuse,
  refuseWithHint,
  type ValueType,
  type WrittenList,
} from '../value-type.ts';

const NAMES = `names of annotations without their prefix: ${ANNOTATIONS.join(', ')}; or none`;

/** Names of annotations without their prefix. */
export const annotationNames: ValueType<readonly AnnotationName[], WrittenList> = {
  arity: 'list',
  values: `${ANNOTATIONS.map((name) => `\`${name}\``).join(' ')}, or \`none\``,
  expected: NAMES,
  file: { kind: 'list', none: true },
  parse: (texts) => {
    if (texts.length === 1 && texts[0] === 'none') return accept([]);
    const parsed = parseList(texts, (text): ParsedValue<AnnotationName> => {
      const found = ANNOTATIONS.find((name) => name === text);
      if (found !== undefined) return accept(found);
      const near = nearestWord(text.slice(text.indexOf('/') + 1), ANNOTATIONS);
      return near === undefined
        ? refuse('unknown_annotation', NAMES, text)
        : refuseWithHint('unknown_annotation', NAMES, text, near);
    });
    return 'value' in parsed ? accept([...new Set(parsed.value)]) : parsed;
  },
};

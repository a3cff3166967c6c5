import { formatProblem } from '../config/config-error.ts';
import { listenerFromTexts } from '../config/listener-from-texts.ts';
import type { ControllerParts } from './controller.ts';
import type { OpenWish } from './translate/translation.ts';

/** Options by wish. A wish that says the same gets the same object: its listener has not changed. */
export function createOptionsMemo(): {
  of(wish: OpenWish): Completed;
  /** Forgets all other wishes. */
  keep(wishes: readonly OpenWish[]): void;
} {
  let known = new Map<string, Remembered>();
  return {
    of(wish) {
      const before = known.get(wish.name);
      if (before?.wish === wish) return before.options;
      const isSame = before !== undefined && JSON.stringify(before.wish) === JSON.stringify(wish);
      const options = isSame ? before.options : complete(wish);
      known.set(wish.name, { wish, options });
      return options;
    },
    keep(wishes) {
      known = new Map(wishes.flatMap(({ name }) => (known.has(name) ? [[name, known.get(name)!]] : [])));
    },
  };
}

interface Remembered {
  readonly wish: OpenWish;
  readonly options: Completed;
}

export type Completed = ReturnType<ControllerParts['optionsOf']>;

/** A wish that no command line could have is one listener's failure: the others are served. */
function complete(wish: OpenWish): Completed {
  const read = listenerFromTexts(wish);
  if ('problems' in read) return { why: read.problems.map(formatProblem).join('; ') };
  return { ...read.options, object: wish.object };
}

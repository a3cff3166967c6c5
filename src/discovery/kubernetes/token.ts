import type { DiscoveryClock } from '../discovery-clock.ts';
import type { Files } from '../files.ts';
import type { Material } from './access.ts';

/** Who we are, to the API. */
export interface Token {
  /** The token of this moment; null where there is none to be had. */
  current(): string | null;
  /** The API did not take it (W8): the file is read again at the next request. */
  expire(): void;
}

/** 50 s = 60 s, in which a rotated token must be taken up, − 10 s of leeway. */
const READ_AGAIN_MS = 50_000;

/** A token that stands in a file is read again: the kubelet swaps it long before it ends. */
export function createToken(material: Material, files: Files, clock: DiscoveryClock): Token {
  if ('text' in material) return { current: () => material.text, expire() {} };
  let token: string | null = null;
  let readAgainAt = Number.NEGATIVE_INFINITY;
  return {
    current() {
      if (clock.now() < readAgainAt) return token;
      const text = files.read(material.file)?.trim() ?? '';
      // Empty, or something that no header can hold: the one before may still be good.
      if (isToken(text)) token = text;
      if (token !== null) readAgainAt = clock.now() + READ_AGAIN_MS;
      return token;
    },
    expire() {
      readAgainAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** Whether it can stand in a header: printable ASCII without blanks. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

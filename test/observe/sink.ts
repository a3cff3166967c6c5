import { Writable } from 'node:stream';

export interface Sink extends Writable {
  isTTY?: boolean;
  /** Everything that was written so far. */
  text(): string;
  /** Lets the writes go on that wait. */
  release(): void;
}

/** A stream that accepts every write; with `held`, none until `release`. */
export function createSink({ held = false, isTTY = false } = {}): Sink {
  const taken: string[] = [];
  const waiting: (() => void)[] = [];
  let isHeld = held;
  const sink = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      const take = (): void => {
        taken.push(String(chunk));
        done();
      };
      if (isHeld) waiting.push(take);
      else take();
    },
  });
  return Object.assign(sink, {
    isTTY,
    text: () => taken.join(''),
    release() {
      isHeld = false;
      for (const take of waiting.splice(0)) take();
    },
  });
}

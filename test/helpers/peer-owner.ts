import test from 'ava';

/** Who something belongs to that has to be ended: a test, or a whole file. */
export interface Owner {
  teardown(end: () => unknown): void;
}

/** Something for all tests of a file: started when the first of them asks, ended when all are done. */
export function shared<T>(start: (owner: Owner) => Promise<T>): () => Promise<T> {
  const ends: (() => unknown)[] = [];
  let started: Promise<T> | null = null;
  test.after.always(async () => {
    await started?.catch(() => {});
    for (const end of ends.reverse()) await end();
  });
  return () => {
    started ??= start({ teardown: (end) => ends.push(end) });
    return started;
  };
}

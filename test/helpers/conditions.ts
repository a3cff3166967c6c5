/** Waits for something to become true, without a clock: whoever changes it says so. */
export interface Conditions {
  /** Something has changed. */
  touch(): void;
  until(isTrue: () => boolean): Promise<void>;
}

export function createConditions(): Conditions {
  const waiting = new Map<() => void, () => boolean>();
  return {
    touch() {
      for (const [resolve, isTrue] of [...waiting]) {
        if (!isTrue()) continue;
        waiting.delete(resolve);
        resolve();
      }
    },
    until: (isTrue) =>
      isTrue() ? Promise.resolve() : new Promise((resolve) => waiting.set(resolve, isTrue)),
  };
}

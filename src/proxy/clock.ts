// A getter that costs more than the clock itself, and never changes.
const origin = performance.timeOrigin;

/** Milliseconds that never go back, comparable between the threads of a process. */
export function monotonicMs(): number {
  return origin + performance.now();
}

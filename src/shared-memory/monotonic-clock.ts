// Read once: these getters cost more than the clock itself, and their values never change.
const clock = performance;
const origin = clock.timeOrigin;

/** Milliseconds that never go back, comparable between the threads of a process. */
export function monotonicMs(): number {
  return origin + clock.now();
}

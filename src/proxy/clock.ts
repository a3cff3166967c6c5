/** Milliseconds that never go back, comparable between the threads of a process. */
export function monotonicMs(): number {
  return performance.timeOrigin + performance.now();
}

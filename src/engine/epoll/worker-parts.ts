import type { Memory } from '../../linux/memory.ts';
import type { Loop } from '../../loop/loop.ts';

/** What all sessions of one worker share. */
export interface Worker {
  readonly loop: Loop;
  readonly buffer: Memory;
}

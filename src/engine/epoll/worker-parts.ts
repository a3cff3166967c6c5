import type { Memory } from '../../linux/memory.ts';
import type { Loop } from '../../loop/loop.ts';
import type { WaitingLines } from '../../session/waiting-lines.ts';
import type { DescriptorTable } from '../threads/descriptor-table.ts';
import type { PipePool } from './pipe-pool.ts';

/** What all sessions of one worker share. */
export interface WorkerParts {
  readonly loop: Loop;
  /** `createReadBuffer`. */
  readonly buffer: Memory;
  readonly pipes: PipePool;
  readonly descriptors: DescriptorTable;
  readonly lines: WaitingLines;
}

import { unansweredMs } from '../../linux/socket.ts';
import type { Side } from './side.ts';

/** The side whose peer has left what was sent unanswered for so long, if one has; 0 never asks. */
export function lostSide(sides: readonly Side[], userTimeoutMs: number): Side | undefined {
  if (userTimeoutMs === 0) return undefined;
  return sides.find(({ fd }) => unansweredMs(fd) >= userTimeoutMs);
}

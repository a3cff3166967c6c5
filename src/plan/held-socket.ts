import type { ListenAddress } from './plan.ts';

/** A socket that this process listens on. The descriptor belongs to whoever accepts from it. */
export interface HeldSocket {
  /** The listener's name. Other owners have names that no listener can have: `--metrics`, `systemd:web`. */
  readonly name: string;
  /** With the port that it really has. */
  readonly address: ListenAddress;
  /** The number of the socket among those of its listener: the first worker that accepts from it. */
  readonly worker: number;
  readonly fd: number;
}

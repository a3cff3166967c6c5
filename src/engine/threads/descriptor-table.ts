/** Descriptors beyond are not tracked: 2^20 is the most that Linux gives a process by default. */
const MOST = 1 << 20;
const CELLS = 2;
const OPEN = 1;
const FIRST_SLOT = 2;

/**
 * What one worker has open, in memory that outlives it: when the thread dies its descriptors do not, and
 * somebody else has to close them. Pages that no descriptor touches cost nothing.
 */
export class DescriptorTable {
  readonly cells: Int32Array;

  constructor(cells: Int32Array = new Int32Array(new SharedArrayBuffer(MOST * CELLS * 4))) {
    this.cells = cells;
  }

  opened(fd: number): void {
    if (fd < MOST) this.cells[fd * CELLS] = OPEN;
  }

  /** It is open, and a session of the endpoint with this slot, from the dial on. */
  dialing(fd: number, slot: number): void {
    if (fd < MOST) this.cells[fd * CELLS] = slot + FIRST_SLOT;
  }

  /** It is the client's of a session that has this entry of the table of clients. */
  counted(fd: number, entry: number): void {
    if (fd < MOST) this.cells[fd * CELLS + 1] = entry;
  }

  closed(fd: number): void {
    if (fd >= MOST) return;
    this.cells[fd * CELLS] = 0;
    this.cells[fd * CELLS + 1] = 0;
  }

  /** Every open descriptor with what it stands for (-1: no slot, 0: no entry), and forgets them all. */
  takeAll(visit: (fd: number, slot: number, entry: number) => void): void {
    for (let fd = 0; fd < MOST; fd++) {
      const state = this.cells[fd * CELLS]!;
      if (state === 0) continue;
      const entry = this.cells[fd * CELLS + 1]!;
      this.closed(fd);
      visit(fd, state - FIRST_SLOT, entry);
    }
  }
}

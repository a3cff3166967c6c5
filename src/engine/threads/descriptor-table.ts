/** Higher descriptors are not tracked: 2^20 is Linux's default maximum for a process. */
const MOST = 1 << 20;
const CELLS = 2;
const OPEN = 1;
const LISTENS = 2;
const FIRST_SLOT = 3;

/**
 * What one worker has open, in shared memory: if the thread dies, its descriptors stay open, and the main thread has to
 * close them. Pages that no descriptor touches cost nothing.
 */
export class DescriptorTable {
  readonly cells: Int32Array;

  constructor(cells: Int32Array = new Int32Array(new SharedArrayBuffer(MOST * CELLS * 4))) {
    this.cells = cells;
  }

  opened(fd: number): void {
    if (fd < MOST) this.cells[fd * CELLS] = OPEN;
  }

  /** A listener's descriptor. It outlives the thread, because the next one accepts from it. */
  listens(fd: number): void {
    if (fd < MOST) this.cells[fd * CELLS] = LISTENS;
  }

  isListening(fd: number): boolean {
    return fd < MOST && this.cells[fd * CELLS] === LISTENS;
  }

  /** A connection, or a dial, to the endpoint of this slot; it counts as one session of that. */
  dialing(fd: number, slot: number): void {
    if (fd < MOST) this.cells[fd * CELLS] = slot + FIRST_SLOT;
  }

  /** The client's side of a session that holds this entry of the client table. */
  counted(fd: number, entry: number): void {
    if (fd < MOST) this.cells[fd * CELLS + 1] = entry;
  }

  closed(fd: number): void {
    if (fd >= MOST) return;
    this.cells[fd * CELLS] = 0;
    this.cells[fd * CELLS + 1] = 0;
  }

  /** Visits and clears each open descriptor except those of listeners. Slot -1: none; entry 0: none. */
  visitAndForget(visit: (fd: number, slot: number, entry: number) => void): void {
    for (let fd = 0; fd < MOST; fd++) {
      const state = this.cells[fd * CELLS]!;
      if (state === 0 || state === LISTENS) continue;
      const entry = this.cells[fd * CELLS + 1]!;
      this.closed(fd);
      visit(fd, Math.max(state - FIRST_SLOT, -1), entry);
    }
  }
}

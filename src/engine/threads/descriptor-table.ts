/** Descriptors beyond are not tracked: 2^20 is the most that Linux gives a process by default. */
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

  /** It is a listener's: it outlives the thread, for the next one accepts from it. */
  listens(fd: number): void {
    if (fd < MOST) this.cells[fd * CELLS] = LISTENS;
  }

  isListening(fd: number): boolean {
    return fd < MOST && this.cells[fd * CELLS] === LISTENS;
  }

  /** It is being connected, or is connected, to the endpoint of this slot: one session of it. */
  dialing(fd: number, slot: number): void {
    if (fd < MOST) this.cells[fd * CELLS] = slot + FIRST_SLOT;
  }

  /** It is the client's side of a session that holds this entry of the client table. */
  counted(fd: number, entry: number): void {
    if (fd < MOST) this.cells[fd * CELLS + 1] = entry;
  }

  closed(fd: number): void {
    if (fd >= MOST) return;
    this.cells[fd * CELLS] = 0;
    this.cells[fd * CELLS + 1] = 0;
  }

  /** Visits and forgets each open descriptor but those of listeners. No slot is -1, no entry is 0. */
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

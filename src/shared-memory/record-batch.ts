import type { SessionObserver, SessionRecord } from '../plan/observer.ts';

/** The most records of a batch: a second of a busy log, and a few MiB at most. */
const CAPACITY = 1024;

/**
 * Collects session records and hands them to the observer together. A full batch drops records and counts them, so that a
 * flood costs neither memory nor a call a session. `later` has to call `flush` soon, once.
 */
export class RecordBatch {
  readonly #observer: SessionObserver;
  readonly #later: () => void;
  #records: SessionRecord[] = [];
  #dropped = 0;

  constructor(observer: SessionObserver, later: () => void) {
    this.#observer = observer;
    this.#later = later;
  }

  get full(): boolean {
    return this.#records.length >= CAPACITY;
  }

  add(record: SessionRecord): void {
    if (this.#records.length === 0) this.#later();
    this.#records.push(record);
  }

  /** Counts a record that was not made because the batch is full. */
  drop(): void {
    this.#dropped++;
  }

  flush(): void {
    if (this.#records.length === 0 && this.#dropped === 0) return;
    const records = this.#records;
    const dropped = this.#dropped;
    this.#records = [];
    this.#dropped = 0;
    this.#observer.records(records, dropped);
  }
}

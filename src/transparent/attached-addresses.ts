/** How many addresses one look asks the kernel about, some microseconds each: names of DNS and lists of addresses have no bound. */
const MOST_LOOKED_UP = 512;

/** Whether an address is attached to this host; null: the kernel could not be asked. */
export type LookUpAttached = (ip: Uint8Array) => boolean | null;

/** Which addresses are attached to this host, by its routes, as they were when last looked up. */
export class AttachedAddresses {
  readonly #lookUp: LookUpAttached;
  #followed: readonly (readonly [key: string, ip: Uint8Array])[] = [];
  #judged = new Map<string, boolean>();
  /** Of addresses that are not followed, until the next look. */
  #asked = new Map<string, boolean>();
  #next = 0;

  constructor(lookUp: LookUpAttached) {
    this.#lookUp = lookUp;
  }

  /** An address that has never been looked up is so now. If that fails, it is not attached. */
  has(ip: Uint8Array): boolean {
    const key = ip.join();
    const known = this.#judged.get(key) ?? this.#asked.get(key);
    if (known !== undefined) return known;
    const is = this.#lookUp(ip);
    if (is !== null) this.#asked.set(key, is);
    return is ?? false;
  }

  /** Looks at these from now on. */
  follow(addresses: readonly Uint8Array[]): void {
    this.#followed = addresses.map((ip) => [ip.join(), ip]);
    const judged = new Map<string, boolean>();
    for (const [key] of this.#followed) {
      const known = this.#judged.get(key) ?? this.#asked.get(key);
      if (known !== undefined) judged.set(key, known);
    }
    this.#judged = judged;
  }

  /** Looks up the next ones of those that are followed. Returns whether one is another than it was. What fails stays as it was. */
  look(): boolean {
    this.#asked.clear();
    let isChanged = false;
    for (let left = Math.min(this.#followed.length, MOST_LOOKED_UP); left > 0; left--) {
      this.#next = (this.#next + 1) % this.#followed.length;
      const [key, ip] = this.#followed[this.#next]!;
      const is = this.#lookUp(ip);
      if (is === null) continue;
      const was = this.#judged.get(key);
      if (was !== undefined && was !== is) isChanged = true;
      this.#judged.set(key, is);
    }
    return isChanged;
  }
}

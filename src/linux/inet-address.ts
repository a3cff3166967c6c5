/**
 * One end of a TCP connection. `ip`, 4 or 16 bytes, is made at each access: a Uint8Array takes 208 bytes, in every open
 * session, to hold four.
 */
export interface SocketInetAddress {
  readonly ip: Uint8Array;
  readonly port: number;
}

/** Where the address begins in the bytes, network order, and how long it is: 4 or 16. */
export function inetAddress(view: DataView, at: number, length: 4 | 16, port: number): SocketInetAddress {
  return length === 4 ? new Inet4(view, at, port) : new Inet6(view, at, port);
}

class Inet4 implements SocketInetAddress {
  readonly port: number;
  readonly #word: number;

  constructor(view: DataView, at: number, port: number) {
    this.port = port;
    this.#word = view.getInt32(at);
  }

  get ip(): Uint8Array {
    const bytes = new Uint8Array(4);
    putWord(bytes, 0, this.#word);
    return bytes;
  }
}

class Inet6 implements SocketInetAddress {
  readonly port: number;
  // Four fields and no array: small integers are stored in the object itself.
  readonly #first: number;
  readonly #second: number;
  readonly #third: number;
  readonly #fourth: number;

  constructor(view: DataView, at: number, port: number) {
    this.port = port;
    this.#first = view.getInt32(at);
    this.#second = view.getInt32(at + 4);
    this.#third = view.getInt32(at + 8);
    this.#fourth = view.getInt32(at + 12);
  }

  get ip(): Uint8Array {
    const bytes = new Uint8Array(16);
    putWord(bytes, 0, this.#first);
    putWord(bytes, 4, this.#second);
    putWord(bytes, 8, this.#third);
    putWord(bytes, 12, this.#fourth);
    return bytes;
  }
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >> 24;
  bytes[at + 1] = word >> 16;
  bytes[at + 2] = word >> 8;
  bytes[at + 3] = word;
}

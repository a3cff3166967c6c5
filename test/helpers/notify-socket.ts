import { join } from 'node:path';
import { fromLinux } from '../linux/on-linux.ts';
import type { Owner } from './peer-owner.ts';
import { folderFor, retry } from './peer-start.ts';

const { declare, errno } = await fromLinux(() => import('../../src/linux/libc.ts'));
const { allocate } = await fromLinux(() => import('../../src/linux/memory.ts'));
const socket = await fromLinux(() => import('../../src/linux/socket.ts'));

const AF_UNIX = 1;
/** SOCK_DGRAM, SOCK_NONBLOCK and SOCK_CLOEXEC. */
const DATAGRAMS = 2 | 0o4000 | 0o2000000;
const MOST_BYTES = 4096;

/** The socket that systemd would read: each datagram is one text. */
export class NotifySocket {
  /** What NOTIFY_SOCKET is set to. */
  readonly path: string;
  readonly fd: number;
  /** All that has come so far. */
  readonly messages: string[] = [];
  readonly #memory = allocate(MOST_BYTES);

  private constructor(path: string, fd: number) {
    this.path = path;
    this.fd = fd;
  }

  /** `abstract`: a name without a file. Teardown closes it. */
  static async open(owner: Owner, { abstract = false } = {}): Promise<NotifySocket> {
    const path = join(await folderFor(owner), 'notify');
    const create = declare('int socket(int domain, int type, int protocol)');
    const bind = declare('int bind(int fd, uintptr_t address, uint32_t length)');
    const address = allocate(110);
    address.view.setUint16(0, AF_UNIX, true);
    const { written } = new TextEncoder().encodeInto(path, address.bytes.subarray(abstract ? 3 : 2));
    const fd = create(AF_UNIX, DATAGRAMS, 0);
    const bound = bind(fd, address.address, abstract ? 3 + written : 2 + written + 1);
    if (fd < 0 || bound < 0) throw new Error(`no socket: errno ${errno()}`);
    owner.teardown(() => {
      socket.close(fd);
    });
    return new NotifySocket(abstract ? `@${path}` : path, fd);
  }

  /** Reads what waits. */
  read(): readonly string[] {
    for (;;) {
      const count = socket.receive(this.fd, this.#memory.address, MOST_BYTES);
      if (count < 0) return this.messages;
      this.messages.push(Buffer.from(this.#memory.bytes.subarray(0, count)).toString());
    }
  }

  /** The first message that fits, now or when it has come; `count`: the so-manyth of them. */
  message(pattern: RegExp, count = 1): Promise<string> {
    return retry(async () => {
      const found = this.read().filter((text) => pattern.test(text))[count - 1];
      if (found === undefined) throw new Error(`no ${pattern} among ${JSON.stringify(this.messages)}`);
      return found;
    });
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromLinux } from '../linux/on-linux.ts';
import { LOOPBACK, Sockets } from '../linux/sockets.ts';
import type { Owner } from './peer-owner.ts';
import { folderFor } from './peer-start.ts';
import type { ProgramOptions } from './program.ts';

const { declare } = await fromLinux(() => import('../../src/linux/libc.ts'));
const socket = await fromLinux(() => import('../../src/linux/socket.ts'));

const AF = { UNIX: 1, INET: 2 } as const;
const SOCK_STREAM = 1;
const BACKLOG = 128;
const O_NONBLOCK = 0o4000;

/** Sockets as systemd makes them: they listen, block, and are open as long as the test. */
export class SocketUnits {
  readonly #sockets = new Sockets();
  readonly #names: string[] = [];
  readonly #fds: number[] = [];
  readonly #owner: Owner;

  constructor(owner: Owner) {
    this.#owner = owner;
    owner.teardown(() => this.#sockets.closeAll());
  }

  /** ListenStream= of a port of loopback, by default a free one; several of one port are as with ReusePort=yes. */
  tcp(name: string, port = 0): number {
    const fd = this.#make(name, AF.INET);
    socket.setReusePort(fd);
    socket.bindTcp(fd, LOOPBACK, port);
    socket.listenOn(fd, BACKLOG);
    return socket.localAddress(fd)!.port;
  }

  /** ListenStream= of a path. */
  async unix(name: string): Promise<string> {
    const path = join(await folderFor(this.#owner), 'socket');
    const fd = this.#make(name, AF.UNIX);
    socket.bindUnix(fd, path);
    socket.listenOn(fd, BACKLOG);
    return path;
  }

  /** A socket that is not listening, as one of Accept=yes. */
  silent(name: string): void {
    this.#make(name, AF.INET);
  }

  /** What a program needs to get them, in a process of its own number. */
  get options(): Required<Pick<ProgramOptions, 'prefix' | 'descriptors' | 'env'>> {
    return {
      prefix: ['sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh'],
      descriptors: this.#fds,
      env: { LISTEN_FDS: String(this.#fds.length), LISTEN_FDNAMES: this.#names.join(':') },
    };
  }

  /** How many of them block, which a program that inherits them can change. */
  get blocking(): number {
    return this.#fds.filter((fd) => {
      const flags = /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!;
      return (Number.parseInt(flags, 8) & O_NONBLOCK) === 0;
    }).length;
  }

  #make(name: string, family: number): number {
    const create = declare('int socket(int domain, int type, int protocol)');
    const fd = this.#sockets.keep(create(family, SOCK_STREAM, 0));
    this.#names.push(name);
    this.#fds.push(fd);
    return fd;
  }
}

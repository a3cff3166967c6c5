import { ERRNO, errnoName } from './errno.ts';
import { declare, errno } from './libc.ts';
import { allocate, free, type Memory } from './memory.ts';
import { formatRequest, type NetlinkMessage, type NetlinkRequest, parseMessages } from './netlink-message.ts';
import { close, receive, transmit } from './socket.ts';

/** include/linux/socket.h, include/linux/net.h, include/uapi/linux/netlink.h */
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NEW = SOCK_RAW | 0o2000000 | 0o4000; // SOCK_CLOEXEC | SOCK_NONBLOCK
/** Routes and rules, sockets, or nftables. */
export const NETLINK = { ROUTE: 0, SOCK_DIAG: 4, NETFILTER: 12 } as const;
const SOL_NETLINK = 270;
const NETLINK_GET_STRICT_CHK = 12;

const NLMSG = { ERROR: 2, DONE: 3 } as const;
/** include/uapi/linux/netlink.h. EXCL, for requests that create, is the same bit as one of DUMP. */
export const NLM_F = {
  REQUEST: 0x1,
  ACK: 0x4,
  DUMP_INTR: 0x10,
  DUMP: 0x300,
  EXCL: 0x200,
  CREATE: 0x400,
} as const;

/** The kernel fills the datagrams of a dump up to the reader's buffer, and up to 32 KiB. */
const ROOM = 32_768;
/** How often a dump is requested again because something changed meanwhile. */
const TRIES = 5;

const socket = declare('int socket(int domain, int type, int protocol)');
const setsockopt = declare('int setsockopt(int fd, int level, int name, uintptr_t value, uint32_t length)');

export type Question = Omit<NetlinkRequest, 'sequence'>;

/**
 * A netlink socket, for routes and rules if nothing else is said. The kernel answers within the call that sends the request, so nothing blocks.
 * Results are negative errnos on failure.
 */
export class Netlink {
  readonly #fd: number;
  readonly #room: Memory = allocate(ROOM);
  #sequence = 0;

  /** Throws if the kernel gives no such socket. */
  constructor(protocol: number = NETLINK.ROUTE) {
    this.#fd = socket(AF_NETLINK, NEW, protocol);
    if (this.#fd < 0) {
      const code = errnoName(errno());
      free(this.#room);
      throw new Error(code);
    }
    // Makes the kernel filter a dump by the request. A kernel before 4.20 gives everything: callers filter as well.
    this.#room.view.setInt32(0, 1, true);
    setsockopt(this.#fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, this.#room.address, 4);
  }

  /** Requests a change. 0 if it was made. */
  change(question: Question): number {
    const answer = this.#ask({ ...question, flags: question.flags | NLM_F.REQUEST | NLM_F.ACK });
    return typeof answer === 'number' ? answer : 0;
  }

  /** Requests one object. */
  get(question: Question): NetlinkMessage | number {
    const answer = this.#ask({ ...question, flags: question.flags | NLM_F.REQUEST });
    return typeof answer === 'number' ? answer : (answer[0] ?? -ERRNO.ENOENT);
  }

  /** Requests all objects of a kind, as of one moment. */
  dump(question: Question): readonly NetlinkMessage[] | number {
    for (let tried = 1; ; tried++) {
      const answer = this.#ask({ ...question, flags: question.flags | NLM_F.REQUEST | NLM_F.DUMP });
      if (typeof answer === 'number' || tried === TRIES) return answer;
      if (!answer.some(({ flags }) => flags & NLM_F.DUMP_INTR)) return answer;
    }
  }

  /** Requests changes in one datagram, of which the kernel makes all or none. 0 if they were made, else the first error. */
  batch(questions: readonly Question[]): number {
    const first = this.#sequence + 1;
    const requests = questions.map((question) =>
      formatRequest({ ...question, flags: question.flags | NLM_F.REQUEST, sequence: ++this.#sequence }),
    );
    let length = 0;
    for (const request of requests) {
      if (length + request.length > ROOM) return -ERRNO.ENOBUFS;
      this.#room.bytes.set(request, length);
      length += request.length;
    }
    const sent = transmit(this.#fd, this.#room.address, length);
    return sent < 0 ? sent : this.#acknowledged(first, questions);
  }

  close(): void {
    close(this.#fd);
    free(this.#room);
  }

  #ask(question: Question): readonly NetlinkMessage[] | number {
    const sequence = ++this.#sequence;
    const request = formatRequest({ ...question, sequence });
    this.#room.bytes.set(request);
    const sent = transmit(this.#fd, this.#room.address, request.length);
    if (sent < 0) return sent;
    return this.#answer(sequence, (question.flags & NLM_F.DUMP) === NLM_F.DUMP);
  }

  /** Reads all that the kernel says to a batch: an acknowledgement for each request that wants one, and any number of errors. */
  #acknowledged(first: number, questions: readonly Question[]): number {
    let missing = questions.filter(({ flags }) => flags & NLM_F.ACK).length;
    let failed = 0;
    for (;;) {
      const count = receive(this.#fd, this.#room.address, ROOM);
      if (count === -ERRNO.EINTR) continue;
      if (count === -ERRNO.EAGAIN) return failed === 0 && missing > 0 ? -ERRNO.EIO : failed;
      if (count < 0) return count;
      for (const message of parseMessages(this.#room.bytes.subarray(0, count))) {
        if (message.type !== NLMSG.ERROR || message.sequence < first) continue;
        missing -= 1;
        failed ||= resultOf(message);
      }
    }
  }

  #answer(sequence: number, isDump: boolean): readonly NetlinkMessage[] | number {
    const found: NetlinkMessage[] = [];
    for (;;) {
      const count = receive(this.#fd, this.#room.address, ROOM);
      if (count === -ERRNO.EINTR) continue;
      if (count < 0) return count;
      for (const message of parseMessages(this.#room.bytes.subarray(0, count))) {
        // A late answer to an earlier request.
        if (message.sequence !== sequence) continue;
        if (message.type === NLMSG.ERROR || message.type === NLMSG.DONE) {
          const result = resultOf(message);
          return result < 0 ? result : found;
        }
        found.push(message);
        if (!isDump) return found;
      }
    }
  }
}

/** 0 or the negative errno with which both kinds of final message begin. */
function resultOf({ body: { buffer, byteOffset, byteLength } }: NetlinkMessage): number {
  return byteLength < 4 ? 0 : new DataView(buffer, byteOffset, byteLength).getInt32(0, true);
}

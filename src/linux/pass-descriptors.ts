import { ERRNO } from './errno.ts';
import { declare, errno } from './libc.ts';
import { allocate } from './memory.ts';
import { close } from './socket.ts';

/** include/net/scm.h: SCM_MAX_FD, the most descriptors of one message. */
export const MOST_DESCRIPTORS = 253;
/** The most bytes of one message here. */
export const MOST_BYTES = 4096;

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
/** include/linux/socket.h */
const MSG = { CTRUNC: 0x8, DONTWAIT: 0x40, NOSIGNAL: 0x4000, CMSG_CLOEXEC: 0x40000000 } as const;

/**
 * struct msghdr, the same on x86-64 and arm64: 56 = name 8 + length of it 4 + padding 4 + iovec 8 + number of them 8 +
 * control 8 + length of it 8 + flags 4 + padding 4. musl has ints with padding behind them for the last two lengths: in little
 * endian the same bytes.
 */
const MSGHDR = { IOV: 16, IOV_COUNT: 24, CONTROL: 32, CONTROL_LENGTH: 40, FLAGS: 48, BYTES: 56 } as const;
/** struct iovec: 16 = address 8 + length 8. */
const IOVEC_BYTES = 16;
/** struct cmsghdr: 16 = length 8 + level 4 + type 4. The data follows, and the next header at a multiple of 8. */
const CMSGHDR_BYTES = 16;
/** 1032 = 16 of header + 253 × 4 of descriptors = 1028, to a multiple of 8. (musl copies a control of at most 1040 bytes.) */
const CONTROL_BYTES = align8(CMSGHDR_BYTES + MOST_DESCRIPTORS * 4);

const IOVEC_AT = MSGHDR.BYTES;
const CONTROL_AT = IOVEC_AT + IOVEC_BYTES;
const DATA_AT = CONTROL_AT + CONTROL_BYTES;
const message = allocate(DATA_AT + MOST_BYTES);
const { view } = message;

const sendmsg = declare('int sendmsg(int fd, uintptr_t message, int flags)');
const recvmsg = declare('int recvmsg(int fd, uintptr_t message, int flags)');

/** What one message carried. */
export interface DescriptorMessage {
  /** Empty at the end of the stream. */
  readonly bytes: Uint8Array;
  /** They belong to the caller, who has to close them. FD_CLOEXEC is set on each. */
  readonly fds: readonly number[];
  /** Descriptors were lost, for this process may not open so many. Those that came have been closed. */
  readonly isTruncated: boolean;
}

/**
 * Sends bytes and, with them, descriptors in one message on a unix socket. The number of bytes that the kernel took, or a
 * negative errno: the descriptors then have not been sent. At least one byte is needed; -EINVAL above `MOST_DESCRIPTORS` or
 * `MOST_BYTES`.
 */
export function sendDescriptors(fd: number, bytes: Uint8Array, fds: readonly number[]): number {
  if (bytes.length === 0 || bytes.length > MOST_BYTES || fds.length > MOST_DESCRIPTORS) return -ERRNO.EINVAL;
  message.bytes.set(bytes, DATA_AT);
  const controlBytes = fds.length === 0 ? 0 : CMSGHDR_BYTES + fds.length * 4;
  prepare(bytes.length, controlBytes);
  putWord(CONTROL_AT, controlBytes);
  view.setInt32(CONTROL_AT + 8, SOL_SOCKET, true);
  view.setInt32(CONTROL_AT + 12, SCM_RIGHTS, true);
  for (const [at, each] of fds.entries()) view.setInt32(CONTROL_AT + CMSGHDR_BYTES + at * 4, each, true);
  const sent = sendmsg(fd, message.address, MSG.NOSIGNAL | MSG.DONTWAIT);
  return sent < 0 ? -errno() : sent;
}

/**
 * Receives at most `most` bytes (and at most `MOST_BYTES`) with the descriptors that were sent with them, or a negative errno;
 * -EAGAIN if nothing has come yet. The kernel ends a message where descriptors end, so those of two are never mixed.
 */
export function receiveDescriptors(fd: number, most = MOST_BYTES): DescriptorMessage | number {
  prepare(Math.min(most, MOST_BYTES), CONTROL_BYTES);
  const count = recvmsg(fd, message.address, MSG.CMSG_CLOEXEC | MSG.DONTWAIT);
  if (count < 0) return -errno();
  const fds = takeDescriptors();
  const isTruncated = (view.getInt32(MSGHDR.FLAGS, true) & MSG.CTRUNC) !== 0;
  if (isTruncated) for (const each of fds) close(each);
  return { bytes: message.bytes.slice(DATA_AT, DATA_AT + count), fds: isTruncated ? [] : fds, isTruncated };
}

/** Writes msghdr and its one iovec. */
function prepare(dataBytes: number, controlBytes: number): void {
  message.bytes.fill(0, 0, CONTROL_AT);
  putWord(MSGHDR.IOV, message.address + IOVEC_AT);
  putWord(MSGHDR.IOV_COUNT, 1);
  if (controlBytes > 0) putWord(MSGHDR.CONTROL, message.address + CONTROL_AT);
  putWord(MSGHDR.CONTROL_LENGTH, controlBytes);
  putWord(IOVEC_AT, message.address + DATA_AT);
  putWord(IOVEC_AT + 8, dataBytes);
}

/** All descriptors of the control that the kernel wrote: other kinds of it may stand before them. */
function takeDescriptors(): number[] {
  const fds: number[] = [];
  const end = CONTROL_AT + takeWord(MSGHDR.CONTROL_LENGTH);
  for (let at = CONTROL_AT; at + CMSGHDR_BYTES <= end; ) {
    const length = takeWord(at);
    if (length < CMSGHDR_BYTES) break;
    const isRights =
      view.getInt32(at + 8, true) === SOL_SOCKET && view.getInt32(at + 12, true) === SCM_RIGHTS;
    const dataEnd = Math.min(at + length, end);
    if (isRights)
      for (let each = at + CMSGHDR_BYTES; each + 4 <= dataEnd; each += 4) fds.push(view.getInt32(each, true));
    at += align8(length);
  }
  return fds;
}

/** 64 bits; addresses and lengths fit into the 53 of a number. */
function putWord(at: number, value: number): void {
  view.setBigUint64(at, BigInt(value), true);
}

function takeWord(at: number): number {
  return Number(view.getBigUint64(at, true));
}

function align8(bytes: number): number {
  return (bytes + 7) & ~7;
}

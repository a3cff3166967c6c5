import { arch } from 'node:process';
import { isMainThread } from 'node:worker_threads';
import { declare } from '../../src/linux/libc.ts';
import { allocate, type Memory } from '../../src/linux/memory.ts';

// Loaded before a program (`--import`), so that the kernel forbids it some system calls, as a container's seccomp profile
// would: FORBIDDEN names them, with commas between. What the program starts inherits that.

interface Call {
  /** Numbers of arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h. */
  readonly x64: number;
  readonly arm64: number;
  /** What arguments of it have to be, each with its index. */
  readonly args?: readonly (readonly [index: number, value: number])[];
}

const CALLS: { readonly [name: string]: Call } = {
  splice: { x64: 275, arm64: 76 },
  accept4: { x64: 288, arm64: 242 },
  eventfd2: { x64: 290, arm64: 19 },
  // arm64 has no such call: there both libc and Node wait by another one.
  epoll_wait: { x64: 232, arm64: -1 },
  recvfrom: { x64: 45, arm64: 207 },
  sendto: { x64: 44, arm64: 206 },
  reuseport: {
    x64: 54,
    arm64: 208,
    args: [
      [1, 1],
      [2, 15],
    ],
  },
  netlink: { x64: 41, arm64: 198, args: [[0, 16]] },
};

// include/uapi/linux/prctl.h, seccomp.h, bpf_common.h, asm-generic/errno-base.h
const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2;
const ALLOW = 0x7fff0000;
const ERRNO_EPERM = 0x00050000 | 1;
const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
/** struct seccomp_data: number 4 + architecture 4 + instruction pointer 8 + six arguments of 8. */
const NUMBER_AT = 0;
const argumentAt = (index: number) => 16 + 8 * index;

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, value: number];

function filterOf(names: readonly string[]): readonly Instruction[] {
  const rules = names.flatMap((name): readonly Instruction[] => {
    const { args, ...numbers } = CALLS[name]!;
    const wanted = [
      [NUMBER_AT, numbers[arch as 'x64' | 'arm64']] as const,
      ...(args ?? []).map(([index, value]) => [argumentAt(index), value] as const),
    ];
    // Each part that is another one jumps behind the return.
    const checks = wanted.flatMap(([at, value], index): readonly Instruction[] => [
      [LOAD, 0, 0, at],
      [JUMP_IF_EQUAL, 0, 2 * (wanted.length - index) - 1, value],
    ]);
    return [...checks, [RETURN, 0, 0, ERRNO_EPERM]];
  });
  return [...rules, [RETURN, 0, 0, ALLOW]];
}

/** struct sock_filter: 8 = code 2 + jumps 1 + 1 + value 4. */
function written(filter: readonly Instruction[]): Memory {
  const memory = allocate(8 * filter.length);
  for (const [index, [code, jumpTrue, jumpFalse, value]] of filter.entries()) {
    memory.view.setUint16(8 * index, code, true);
    memory.view.setUint8(8 * index + 2, jumpTrue);
    memory.view.setUint8(8 * index + 3, jumpFalse);
    memory.view.setUint32(8 * index + 4, value, true);
  }
  return memory;
}

function forbid(names: readonly string[]): void {
  const filter = filterOf(names);
  const instructions = written(filter);
  // struct sock_fprog: length 2, and at 8 the address.
  const program = allocate(16);
  program.view.setUint16(0, filter.length, true);
  program.view.setBigUint64(8, BigInt(instructions.address), true);
  const prctl = declare('int prctl(int what, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)');
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0) throw new Error('PR_SET_NO_NEW_PRIVS');
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program.address, 0, 0) !== 0)
    throw new Error('PR_SET_SECCOMP');
}

// Threads inherit it.
if (isMainThread) forbid((process.env.FORBIDDEN ?? '').split(',').filter(Boolean));

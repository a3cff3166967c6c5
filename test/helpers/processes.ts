import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { declare } from '../../src/linux/libc.ts';
import { allocate } from '../../src/linux/memory.ts';
import type { Exit } from './peer-process.ts';

// What Linux tells of processes, by /proc. A process may end between any two looks at it.

/** What is of a process: its state (`Z` is a zombie) and its parent; null if there is none. */
export function lookAt(pid: number): { readonly state: string; readonly parent: number } | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name in parentheses may hold anything.
  const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state, parent: Number(parent) };
}

/** All processes whose parent this is, zombies too. */
export function childrenOf(pid: number): number[] {
  return allPids().filter((each) => lookAt(each)?.parent === pid);
}

/** All that run with this variable in the environment that they were started with. */
export function processesWith(name: string, value: string): number[] {
  return allPids().filter((pid) => read(`/proc/${pid}/environ`)?.split('\0').includes(`${name}=${value}`));
}

/** What its descriptors are: `socket:[1234]`, `pipe:[1235]`, the path of a file. */
export function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`) ?? []);
  } catch {
    return [];
  }
}

/** Sockets that both processes have, besides their standard streams. */
export function sharedSockets(pid: number, other: number): string[] {
  const streams = [0, 1, 2].map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  const own = descriptorsOf(pid).filter((each) => each.startsWith('socket:') && !streams.includes(each));
  const others = new Set(descriptorsOf(other));
  return own.filter((each) => others.has(each));
}

/** Whether the process has a handler for the signal of this number. */
export function catches(pid: number, signal: number): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & (1n << BigInt(signal - 1))) !== 0n;
}

/** Which of these processes has the TCP socket with these ports, its own first; undefined if none has. */
export function holderOf(port: number, peerPort: number, pids: readonly number[]): number | undefined {
  const ports = [port, peerPort].map((each) => `:${each.toString(16).toUpperCase().padStart(4, '0')}`);
  const rows = ['tcp', 'tcp6'].flatMap((table) => (read(`/proc/net/${table}`) ?? '').split('\n').slice(1));
  const row = rows
    .map((each) => each.trim().split(/\s+/))
    .find(([, own, peer]) => own?.endsWith(ports[0]!) && peer?.endsWith(ports[1]!));
  const socket = `socket:[${row?.[9]}]`;
  return pids.find((pid) => descriptorsOf(pid).includes(socket));
}

// include/uapi/linux/prctl.h, wait.h
const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;
let waitpid: ((...args: number[]) => number) | null = null;
let status: ReturnType<typeof allocate>;

/** From now on, who loses its parent among what this process has started becomes a child of it, so that its exit status can be had. */
export function adoptOrphans(): void {
  if (waitpid !== null) return;
  const prctl = declare('int prctl(int what, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)');
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) throw new Error('PR_SET_CHILD_SUBREAPER');
  status = allocate(4);
  waitpid = declare('int waitpid(int pid, uintptr_t status, int options)');
}

/** How an orphan that was adopted ended; null if it runs, or is no orphan. Never for a child that Node started here: Node waits for it. */
export function reapOrphan(pid: number): Exit | null {
  if (waitpid?.(pid, status.address, WNOHANG) !== pid) return null;
  const word = status.view.getInt32(0, true);
  const signal = word & 0x7f;
  return signal === 0
    ? { code: (word >> 8) & 0xff, signal: null }
    : { code: null, signal: signal === 9 ? 'SIGKILL' : 'SIGTERM' };
}

function allPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Boolean);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

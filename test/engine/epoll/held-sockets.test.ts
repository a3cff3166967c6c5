import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { createEpollEngine } from '../../../src/engine/epoll/epoll-engine.ts';
import type { ListenAddress } from '../../../src/plan/plan.ts';
import { createSharedState } from '../../../src/shared-memory/shared-state.ts';
import { ENGINE_DEFAULTS, listenerPlan } from '../../helpers/engine-harness.ts';
import { onLinux } from '../../linux/on-linux.ts';

const THREADS = 3;
/** EPOLLEXCLUSIVE: one thread alone is woken by an event. */
const EXCLUSIVE = 0x10000000;
const LOOPBACK: ListenAddress = { kind: 'tcp', ip: new Uint8Array([127, 0, 0, 1]), port: 0 };

/** What an engine with three threads holds for a listener there. */
async function heldAt(t: ExecutionContext, listen: ListenAddress) {
  const state = createSharedState({ workers: THREADS, listeners: 1, clients: 0, seed: 1 });
  const observer = { records() {}, fault() {} } as never;
  const engine = await createEpollEngine({ ...ENGINE_DEFAULTS, state, observer, threads: THREADS });
  t.teardown(() => engine.stop('stopped'));
  await engine.apply({ generation: 1, listeners: [listenerPlan({ listen })] });
  return engine.sockets();
}

/** The events that the epoll sets of this process watch a descriptor for. */
function eventsOf(fd: number): number[] {
  return readdirSync('/proc/self/fdinfo').flatMap((set) => {
    try {
      if (!readlinkSync(`/proc/self/fd/${set}`).includes('[eventpoll]')) return [];
      const text = readFileSync(`/proc/self/fdinfo/${set}`, 'utf8');
      const lines = text.matchAll(/^tfd:\s+(\d+) events:\s+([\da-f]+)/gm);
      return [...lines]
        .filter(([, of]) => Number(of) === fd)
        .map(([, , events]) => Number.parseInt(events!, 16));
    } catch {
      // The descriptor that the folder was read through is gone again.
      return [];
    }
  });
}

const inodeOf = (fd: number) => readlinkSync(`/proc/self/fd/${fd}`);

onLinux(
  'a port has a socket for each thread: a successor gets all of them, and each is watched by one thread',
  async (t) => {
    const held = await heldAt(t, LOOPBACK);
    t.deepEqual(
      held.map(({ worker }) => worker),
      [0, 1, 2],
    );
    t.is(new Set(held.map(({ fd }) => inodeOf(fd))).size, THREADS);
    for (const { fd } of held) {
      const events = eventsOf(fd);
      t.is(events.length, 1);
      t.is(events[0]! & EXCLUSIVE, 0);
    }
  },
);

onLinux(
  'a path has one socket, which a successor gets once, and of whose clients each wakes one thread',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'herald-'));
    t.teardown(() => rm(folder, { recursive: true }));
    const held = await heldAt(t, { kind: 'unix', path: join(folder, 'socket') });
    t.deepEqual(
      held.map(({ worker }) => worker),
      [0],
    );
    const { fd } = held[0]!;
    const same = readdirSync('/proc/self/fd').filter((each) => isSame(each, inodeOf(fd)));
    t.is(same.length, THREADS);
    for (const each of same) t.true(eventsOf(Number(each)).every((events) => (events & EXCLUSIVE) !== 0));
    t.is(same.flatMap((each) => eventsOf(Number(each))).length, THREADS);
  },
);

function isSame(fd: string, inode: string): boolean {
  try {
    return inodeOf(Number(fd)) === inode;
  } catch {
    return false;
  }
}

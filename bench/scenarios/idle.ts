import { setTimeout as sleep } from 'node:timers/promises';
import { descriptorLimit, openDescriptors, residentBytes } from '../process-facts.ts';
import type { Figure, Scenario, Subject } from '../scenario.ts';
import { expectHeaders } from './observe.ts';
import { visit, WARM_CONNECTIONS } from './short.ts';

/**
 * How many connections are held. Of a Node process the first thousands fit into heap that is resident already: with
 * few, a figure says more about the collector than about connections.
 */
const HELD = 8000;
/** Descriptors of a process beside those of what it holds. */
const OTHER_DESCRIPTORS = 500;

/** PROXY, INET, STREAM, 12 bytes: 127.0.0.1:1 → 127.0.0.1:2 (spec §2.2). */
const HEADER = '0d0a0d0a000d0a515549540a2111000c7f0000017f00000100010002';
/** The first 20 of its 28 bytes: the addresses have begun and are not whole. */
const UNFINISHED = HEADER.slice(0, 40);

const SAMPLE_MS = 250;
const SAMPLES = 12;
const STILL_BYTES = 32 * 1024;

/** Resident memory once it stands still, or after 3 s. */
async function settled(pid: number): Promise<number> {
  let last = residentBytes(pid);
  for (let sample = 0; sample < SAMPLES; sample++) {
    await sleep(SAMPLE_MS);
    const now = residentBytes(pid);
    if (Math.abs(now - last) <= STILL_BYTES) return now;
    last = now;
  }
  return last;
}

/** Opens the connections and looks what they added. The process must hold so many descriptors for each. */
async function hold(
  subject: Subject,
  open: () => Promise<unknown>,
  descriptorsEach: number,
): Promise<Figure> {
  const { load, running } = subject;
  const pid = running.pid!;
  const needed = HELD * descriptorsEach + OTHER_DESCRIPTORS;
  const most = descriptorLimit(pid);
  if (most < needed) throw new Error(`it may open ${most} descriptors and needs ${needed}: see ulimit -n`);
  const before = { bytes: await settled(pid), descriptors: openDescriptors(pid) };
  await open();
  const after = { bytes: await settled(pid), descriptors: openDescriptors(pid) };
  await load.release({ check: true });
  const more = after.descriptors - before.descriptors;
  if (more < HELD * descriptorsEach) {
    throw new Error(`it holds ${more} descriptors more, not ${HELD * descriptorsEach}: not all are its own`);
  }
  return { cost: (after.bytes - before.bytes) / HELD, rate: null };
}

const COMMON = {
  unit: 'bytes a connection',
  rateUnit: null,
  rounds: 7,
  quickRounds: 1,
  fresh: true,
  held: HELD,
} as const;

export const idle: Scenario = {
  ...COMMON,
  id: 'idle',
  title: 'Idle connections',
  text:
    `Each round is a new process that has served ${WARM_CONNECTIONS} short connections; then ${HELD} are opened, ` +
    'each has one answer and stays: how much resident memory that added.',
  takesHeader: false,

  async warmUp(subject) {
    await visit(subject, WARM_CONNECTIONS);
  },

  measure: (subject) =>
    hold(
      subject,
      () =>
        expectHeaders(subject, HELD, () =>
          subject.load.open({ port: subject.running.port, connections: HELD, prefix: '', ask: true }),
        ),
      2,
    ),
};

export const unfinished: Scenario = {
  ...COMMON,
  id: 'unfinished',
  title: 'Unfinished headers',
  text:
    `The same before an application, where a header is taken off: ${HELD} clients send 20 of the 28 bytes of a v2 ` +
    'header and wait. HAProxy and nginx have no such figure: they reset a client whose header does not come in one piece.',
  takesHeader: true,

  async warmUp(subject) {
    await visit(subject, WARM_CONNECTIONS, HEADER);
  },

  measure: (subject) =>
    hold(
      subject,
      () =>
        subject.load.open({ port: subject.running.port, connections: HELD, prefix: UNFINISHED, ask: false }),
      1,
    ),
};

import { Pool } from '../../src/endpoints/pool.ts';
import { reasonRow } from '../../src/plan/close-reason.ts';
import { Attempt } from '../../src/session/attempt.ts';
import { Course } from '../../src/session/course.ts';
import { connectDeadlineMs, headerDeadlineMs } from '../../src/session/deadlines.ts';
import { FirstBytes } from '../../src/session/first-bytes.ts';
import type { HeaderVerdict } from '../../src/session/header-reader.ts';
import { Ledger } from '../../src/session/ledger.ts';
import { SelfConnects } from '../../src/session/self-connect.ts';
import { WaitingLines } from '../../src/session/waiting-lines.ts';
import { countEnding } from '../../src/shared-memory/session-failures.ts';
import { SessionLimit } from '../../src/shared-memory/session-limit.ts';

/**
 * Faults that are put into the code under test, one at a time: a simulation that finds none of them would prove nothing by its silence.
 * Each replaces one method of a prototype for the time of a run; the code itself has no hooks.
 */
export interface Plant {
  readonly name: string;
  /** Puts the fault in, and gives what takes it out. */
  readonly plant: () => () => void;
}

type Method<T, K extends keyof T> = T[K] extends (...given: infer G) => infer R
  ? (this: T, ...given: G) => R
  : never;

/** Replaces a method by what `make` makes of it. */
function replace<T extends object, K extends keyof T & string>(
  { prototype }: { readonly prototype: T },
  name: K,
  make: (real: Method<T, K>) => Method<T, K>,
): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!;
  Object.defineProperty(prototype, name, { ...descriptor, value: make(descriptor.value) });
  return () => Object.defineProperty(prototype, name, descriptor);
}

const both =
  (...takeOut: readonly (() => void)[]) =>
  () => {
    for (const each of takeOut) each();
  };

export const PLANTS: readonly Plant[] = [
  {
    name: 'another endpoint is found than the one that a header names',
    plant: () =>
      replace(
        Pool,
        'find',
        (real) =>
          function (address) {
            return real.call(this, address) && this.candidates(0, 1).next();
          },
      ),
  },
  {
    name: 'an abort gives no reservation back',
    plant: () =>
      replace(
        Ledger,
        'end',
        (real) =>
          function (reason, detail, reserved, first) {
            real.call(this, reason, detail, reserved && reason !== 'stopped', first);
          },
      ),
  },
  {
    name: 'a session that is closed twice is counted twice',
    plant: () =>
      replace(
        Course,
        'closed',
        (real) =>
          function () {
            const { ledger } = this;
            if (ledger.ended) countEnding(ledger.rules.counters, 'client_closed', 0, 0);
            real.call(this);
          },
      ),
  },
  {
    name: 'the deadline of the header goes on while a place is waited for',
    plant: () =>
      replace(
        Course,
        'expired',
        (real) =>
          function (nowMs) {
            if (this.phase === 'place' && nowMs >= headerDeadlineMs(this.ledger))
              this.abort('header_timeout');
            real.call(this, nowMs);
          },
      ),
  },
  {
    name: 'the deadline of the connect goes on in the relay',
    plant: () =>
      replace(
        Course,
        'expired',
        (real) =>
          function (nowMs) {
            if (this.phase === 'relay' && nowMs >= connectDeadlineMs(this.ledger))
              this.abort('connect_timeout');
            real.call(this, nowMs);
          },
      ),
  },
  {
    name: 'a client that had to wait for its place keeps it',
    plant: () =>
      replace(
        Course,
        'placed',
        (real) =>
          function () {
            const { ledger } = this;
            if (ledger.rules.context.now() > ledger.acceptedAtMs) ledger.clientEntry = 0;
            real.call(this);
          },
      ),
  },
  {
    name: 'who stops stays in the line of a full queue',
    plant: () => {
      let isStopping = false;
      return both(
        replace(
          Attempt,
          'stop',
          (real) =>
            function () {
              isStopping = true;
              real.call(this);
              isStopping = false;
            },
        ),
        replace(
          WaitingLines,
          'leave',
          (real) =>
            function (waiter) {
              return isStopping ? true : real.call(this, waiter);
            },
        ),
      );
    },
  },
  {
    name: 'the end of a client is lost while an endpoint is dialed',
    plant: () =>
      replace(
        Course,
        'ended',
        (real) =>
          function (side) {
            if (this.phase !== 'connect') real.call(this, side);
          },
      ),
  },
  {
    name: 'an endpoint is blamed for a timeout in front of its full queue',
    plant: () =>
      replace(
        Ledger,
        'dialFailed',
        (real) =>
          function (failure) {
            real.call(this, failure);
          },
      ),
  },
  {
    name: 'what is held of a guarded client goes on twice at its end',
    plant: () =>
      replace(
        FirstBytes,
        'end',
        (real) =>
          function () {
            const verdict: HeaderVerdict = real.call(this);
            if (verdict.kind !== 'headerless') return verdict;
            return { ...verdict, rest: Buffer.concat([verdict.rest, verdict.rest]) };
          },
      ),
  },
  {
    name: 'a later reason replaces the first',
    plant: () => {
      const later = new WeakMap<Ledger, Parameters<Course['abort']>[0]>();
      return both(
        replace(
          Course,
          'abort',
          (real) =>
            function (reason, detail) {
              if (!this.ledger.ended) later.set(this.ledger, reason);
              real.call(this, reason, detail);
            },
        ),
        replace(
          Ledger,
          'end',
          (real) =>
            function (reason, ...rest) {
              real.call(this, later.get(this) ?? reason, ...rest);
            },
        ),
      );
    },
  },
  {
    name: 'a half-closed session is not woken sooner',
    plant: () =>
      replace(
        Course,
        'halfClose',
        () =>
          function () {
            if (this.phase === 'relay') this.ledger.touch();
          },
      ),
  },
  {
    name: 'a dial that comes out at itself passes for reached',
    plant: () => replace(SelfConnects, 'possible', () => () => false),
  },
  {
    name: 'the age of a session ends no remainder',
    plant: () =>
      replace(
        Course,
        'expired',
        (real) =>
          function (nowMs) {
            if (this.phase !== 'remainder') real.call(this, nowMs);
          },
      ),
  },
  {
    name: 'a refusal gives the place of the listener back twice',
    plant: () => {
      let isRefusal = false;
      return both(
        replace(
          Ledger,
          'end',
          (real) =>
            function (reason, ...rest) {
              isRefusal = reasonRow(reason).refused === true;
              real.call(this, reason, ...rest);
              isRefusal = false;
            },
        ),
        replace(
          SessionLimit,
          'release',
          (real) =>
            function () {
              if (isRefusal) real.call(this);
              real.call(this);
            },
        ),
      );
    },
  },
];

import { type CloseReason, REASON_NAMES } from '../../src/plan/close-reason.ts';
import { CONNECT_FAILURES } from '../../src/plan/connect-failure.ts';
import { SESSION_EVENTS } from './event-table.ts';
import { WORLD_EVENTS } from './events.ts';

/** Reasons of the http engine alone. */
const HTTP_REASONS: ReadonlySet<CloseReason> = new Set([
  'request_invalid',
  'request_timeout',
  'answer_invalid',
  'drained',
]);

/** What is rare by nature: an event that needs several others before it. */
const OTHERS = [
  ...['pending', 'queued', 'EAGAIN', 'ECONNREFUSED', 'EMFILE'].map((begin) => `dial ${begin}`),
  ...[
    'dial that came out at itself',
    'placed after a wait',
    'refused after a wait',
    'timeout in line',
    'timeout of a dial',
  ],
  ...[
    'asks',
    'connect timeout',
    'dial fails',
    'dial is reached',
    'dials its endpoint',
    'uses a kept connection',
  ].map((what) => `request: ${what}`),
];

/** All that a run of many seeds has to reach: each event in each phase, each deadline, each reason. */
export const REACHABLE: readonly string[] = [
  ...SESSION_EVENTS,
  ...WORLD_EVENTS,
  ...['age', 'keepalive', 'held', 'header', 'connect', 'idle', 'none'].map((name) => `deadline ${name}`),
  ...CONNECT_FAILURES.map((failure) => `failed ${failure}`),
  ...REASON_NAMES.filter((reason) => !HTTP_REASONS.has(reason)).map((reason) => `reason ${reason}`),
  ...OTHERS,
];

import type { Asked } from '../describe-plan.ts';
import { rateText } from '../units.ts';

export const MODE_TEXTS = {
  'open loop': 'open loop: arrivals whatever the endpoint does, times from when each should have begun',
  'closed loop':
    'closed loop: each connection waits for its answer, so a stall is seen only by those who were there',
  'held connections': 'connections that are held to the end',
} as const;

/** `http to 127.0.0.1:80, 1,000/s poisson, 10 s`: also the title of a report. */
export function headline(asked: Asked): string {
  const where = asked.to ?? `${asked.through} beside ${asked.direct}`;
  const kept = asked.keep ? ' kept' : '';
  const send = asked.send === 'none' ? '' : `, PROXY ${asked.send}`;
  const threads = `${asked.threads} thread${asked.threads === 1 ? '' : 's'}`;
  return `${asked.work}${kept} to ${where}${send}, ${paceText(asked)}, ${lengthText(asked)}, ${threads}`;
}

function paceText({ rate, connections, arrivals, find, ramp }: Asked): string {
  if (find !== undefined) return `the highest rate with ${find}, ${arrivals}`;
  if (ramp !== undefined) return `${ramp.split('..').map(Number).map(rateText).join(' to ')}/s ${arrivals}`;
  if (rate === null) return `${connections} connections`;
  return rate === 'max' ? `as fast as ${connections} connections can` : `${rateText(rate)}/s ${arrivals}`;
}

function lengthText({ durationMs, find }: Asked): string {
  return find === undefined ? `${durationMs / 1000} s` : `steps of ${durationMs / 1000} s or more`;
}

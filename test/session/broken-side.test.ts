import test from 'ava';
import { type BrokenSide, farewell, LINGER_MS, stuckMs } from '../../src/session/broken-side.ts';
import { Ledger } from '../../src/session/ledger.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';
import { LOCAL, PEER } from './scripted-carrier.ts';
import { createWorker } from './worker.ts';

interface Row {
  readonly name: string;
  readonly broken?: Partial<BrokenSide>;
  readonly left?: { readonly ended?: boolean; readonly sending?: boolean };
  readonly sent?: readonly [toEndpoint: number, toClient: number];
  readonly silentMs?: number;
  readonly by: 'fin' | 'reset' | 'watch';
}

const ROWS: readonly Row[] = [
  {
    name: 'an endpoint, whose client broke',
    broken: { side: 'client', reason: 'client_reset' },
    by: 'reset',
  },
  {
    name: 'an endpoint, whose client broke behind its end',
    broken: { side: 'client', whole: true },
    by: 'reset',
  },
  { name: 'a client with a whole answer', broken: { whole: true }, by: 'fin' },
  { name: 'a client that has ended its stream', left: { ended: true }, by: 'reset' },
  { name: 'a client that has nothing', sent: [100, 0], by: 'reset' },
  { name: 'a client whose endpoint is lost', broken: { reason: 'endpoint_lost' }, by: 'reset' },
  { name: 'a client that is sending', left: { sending: true }, by: 'fin' },
  { name: 'a client that was being refused', broken: { refusing: true }, by: 'fin' },
  { name: 'a client in the middle of an upload', sent: [5000, 100], by: 'fin' },
  { name: 'a client that may be about to send', by: 'watch' },
  { name: 'a client that has been silent for long', silentMs: LINGER_MS + 1, by: 'reset' },
];

for (const { name, broken, left, sent = [100, 100], silentMs = 0, by } of ROWS) {
  test(`${name} is reported with ${by}`, (t) => {
    const { rules, advance, context } = createWorker();
    const ledger = new Ledger(rules(listenerPlan()), PEER, LOCAL);
    ledger.sentToEndpoint(sent[0]);
    ledger.sentToClient(sent[1]);
    advance(silentMs);
    const what: BrokenSide = {
      side: 'endpoint',
      reason: 'endpoint_reset',
      whole: false,
      refusing: false,
      ...broken,
    };
    t.is(farewell(ledger, what, { ended: false, sending: false, ...left }, context.now()), by);
  });
}

for (const [idleMs, halfCloseMs, ms] of [
  [0, 0, 10_000],
  [60_000, 30_000, 10_000],
  [60_000, 500, 500],
] as const) {
  test(`with ${idleMs} ms of silence and ${halfCloseMs} ms after an end a peer may be stuck for ${ms} ms`, (t) => {
    const { rules } = createWorker();
    const ledger = new Ledger(rules(listenerPlan({ timeouts: { idleMs, halfCloseMs } })), PEER, LOCAL);
    t.is(stuckMs(ledger), ms);
  });
}

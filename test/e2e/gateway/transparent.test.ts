import { play, scriptedTest } from './play.ts';

const SERVED = '10.1.0.1 saw 10.9.0.1';

scriptedTest(
  'G12: while an object is served transparently instances hand over sessions, and none of it touches an open session',
  async (t) => {
    t.deepEqual(await play(t, 'transparentAndBack'), {
      before: { hop: null, port: 'ECONNREFUSED' },
      // No echo proves it here.
      told: { hop: { at: '10.0.0.1:9466', families: [] }, isCapable: false },
      status: [1, 2, ['node-a']],
      reachedAt: '10.0.0.2:9467',
      handedOver: '10.1.0.2 saw 10.9.0.1',
      ...{ stranger: 'untrusted', peer: 'header_absent' },
      ...{ back: SERVED, after: 'none', isAlive: true },
    });
  },
);

scriptedTest(
  'G12: the first Lease of an instance says what its node can do, not that nobody has tried',
  async (t) => {
    const { hop, hopFault } = await play(t, 'firstLease');
    t.deepEqual(hop, { at: '10.0.0.1:9466', families: [] });
    t.regex(String(hopFault), /has the address of this host/);
  },
);

scriptedTest(
  'G12: a successor takes over the port of the hops, and hands over sessions from its first one on',
  async (t) => {
    const HANDED_OVER = '10.1.0.2 saw 10.9.0.1';
    t.deepEqual(await play(t, 'hopsTakenOver'), {
      ...{ before: HANDED_OVER, after: HANDED_OVER, hop: '10.0.0.1:9466' },
      ...{ stranger: 'untrusted', isAlive: true, errors: [] },
    });
  },
);

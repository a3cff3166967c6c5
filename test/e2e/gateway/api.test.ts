import { play, scriptedTest } from './play.ts';

const SERVED = '10.1.0.1 saw 10.9.0.1';

scriptedTest(
  'G3: while the API is away at the start nothing is open; when it comes everything is',
  async (t) => {
    t.deepEqual(await play(t, 'apiAwayAtStart'), { before: 'ECONNREFUSED', after: SERVED });
  },
);

scriptedTest('G3: nothing is opened before every kind has been listed', async (t) => {
  t.deepEqual(await play(t, 'oneKindLate'), { before: 'ECONNREFUSED', after: SERVED });
});

scriptedTest(
  'G3: nothing closes because the API is away, and what changed meanwhile is caught up with',
  async (t) => {
    const { away, meanwhile, caughtUp, after } = await play(t, 'apiLost');
    t.deepEqual([away, caughtUp, after], [[SERVED], 'ECONNREFUSED', SERVED]);
    t.not(meanwhile, 'ECONNREFUSED');
  },
);

scriptedTest('G3: a kind whose definition is absent is not watched, and Services are served', async (t) => {
  t.deepEqual(await play(t, 'noDefinitions'), { answer: SERVED, isCalm: true, watched: false });
});

scriptedTest(
  'G3: a definition that is removed closes the listeners of its objects, and of no others',
  async (t) => {
    t.deepEqual(await play(t, 'definitionRemoved'), { gone: 'ECONNREFUSED', stays: SERVED, isAlive: true });
  },
);

scriptedTest('objects of any shape are no error: they get nothing, and the rest is served', async (t) => {
  t.deepEqual(await play(t, 'brokenObjects'), {
    ...{ service: SERVED, route: SERVED },
    ...{ exit: null, errors: [] },
  });
});

scriptedTest(
  'G9: of 10,000 Services each kind has one list and one watch, and what is of no class gets no write',
  async (t) => {
    const { answer, reads, connections, writes } = await play(t, 'tenThousandServices');
    t.deepEqual([answer, connections, writes], [SERVED, true, 0]);
    t.deepEqual(reads, [2, 2]);
  },
);

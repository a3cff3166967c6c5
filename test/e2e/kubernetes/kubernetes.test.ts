import test from 'ava';
import { testWith } from '../../helpers/peer-installed.ts';
import { createTurns } from '../../helpers/turns.ts';
import { ENGINES, failures, NAMESPACES, play } from './play.ts';

/** Each row starts two processes: more at once would only wait for each other. */
const turns = createTurns(3);

const here = testWith([], [NAMESPACES], (title, run) => test(title, (t) => turns(async () => run(t))));

for (const engine of ENGINES) {
  here(`C1: the last pod serves while it ends, and the next one takes over: ${engine}`, async (t) => {
    const { answers } = await play(t, 'terminatingAlone', `--engine ${engine}`);
    t.deepEqual(failures(answers), []);
    t.deepEqual(Object.keys(answers as object).sort(), ['10.1.0.1', '10.1.0.2']);
  });

  here(`a pod that is killed loses its own sessions and no other: ${engine}`, async (t) => {
    const { lost, served, had } = await play(t, 'killed', `--engine ${engine}`);
    t.true((had as number) > 0);
    t.deepEqual([lost, served], [0, 0]);
  });
}

here('W4: after a relist what vanished meanwhile gets nobody', async (t) => {
  const { after } = await play(t, 'relist');
  t.deepEqual(Object.keys(after as object), ['10.1.0.2']);
});

here('W9: while the API is away the last endpoints serve, probes hold, and metrics tell', async (t) => {
  const { answers, startupz, readyz, synced, errors, back, said } = await play(t, 'apiAway');
  t.deepEqual(Object.keys(answers as object), ['10.1.0.1']);
  t.deepEqual([startupz, readyz, synced], [200, 200, 1]);
  t.true((errors as number) > 0);
  // One line for all watches; one more if the first attempt was reset before there was nobody to listen.
  const lines = said as readonly (readonly [source: string, code: string])[];
  t.true(lines.length >= 1 && lines.length <= 2, JSON.stringify(lines));
  t.true(lines.every(([source, code]) => source === 'kubernetes' && /^api_(?:reset|refused)$/.test(code)));
  t.is(back, 'kubernetes');
});

here('C7: under Local a node without an endpoint says so, and serves as soon as it has one', async (t) => {
  const { answer, closed, warnings } = await play(t, 'noLocal', '--node-name a --traffic-policy Local');
  t.is(answer, 'ECONNRESET');
  t.is(closed, 1);
  const word = 'pool empty: no endpoint on this node is usable; those on other nodes are not used';
  t.true((warnings as string[]).includes(word));
});

here('a policy that follows the Service changes with it, live', async (t) => {
  const { unread, local } = await play(t, 'follow', '--node-name a --traffic-policy service');
  // At first the Service says Cluster: both.
  t.is(unread, 2);
  t.deepEqual(local, ['10.1.0.1']);
});

for (const engine of ENGINES) {
  here(
    `O1: the clients that a Service admits are those that come in, as it changes: ${engine}`,
    async (t) => {
      const flags = `--traffic-policy service --node-name a --engine ${engine}`;
      const { served, denied } = await play(t, 'sourceRanges', flags);
      t.deepEqual(served, [false, true, false, true, false, true]);
      t.true(Number(denied) >= 4);
    },
  );
}

const BODY =
  '{\n\t"service": {\n\t\t"namespace": "shop",\n\t\t"name": "web"\n\t},\n\t"localEndpoints": 1,\n\t"serviceProxyHealthy": true\n}';

here(
  'H3 H5: a Service is well while this node has a ready pod; 503 comes before the end of traffic',
  async (t) => {
    const { serving, ending, draining } = await play(
      t,
      'health',
      '--node-name a --traffic-policy Local --service-health 127.0.0.1:0 --drain-delay 2s',
    );
    t.deepEqual(serving, [200, '1', BODY]);
    // Traffic still goes to a pod that ends its work, and to a Herald that does.
    t.deepEqual(ending, [503, '0', '10.1.0.1']);
    t.deepEqual(draining, [503, '1', '10.1.0.1']);
  },
);

for (const engine of ENGINES) {
  here(`an endpoint that its checks find down gets nobody, until they find it up: ${engine}`, async (t) => {
    const told = await play(t, 'probes', `--probe tcp:100ms --eject-after 0 --engine ${engine}`);
    t.deepEqual(told, { down: [1, 1, 1], answers: ['10.1.0.1'], refused: 0 });
  });

  here(`where sessions end with their endpoint they do so when it vanishes: ${engine}`, async (t) => {
    const told = await play(t, 'gone', `--on-endpoint-gone close --engine ${engine}`);
    t.deepEqual(told, { ending: 'reset', endpoint_gone: 1 });
  });
}

here('W9 P2: an API that can not be reached leaves the doors open, and the start unfinished', async (t) => {
  const { probes, answer } = await play(t, 'neverSynced');
  t.deepEqual(probes, [503, 200, 200, 200]);
  t.is(answer, 'ECONNRESET');
});

here(
  'C7: requests are told that this node has no endpoint, or that theirs is gone; peers may be a Service',
  async (t) => {
    const told = await play(
      t,
      'web',
      '--present forwarded --forwarded-trust k8s:shop/web --node-name a --traffic-policy Local --on-endpoint-gone close',
    );
    t.deepEqual(told, {
      without: [503, '503 Service Unavailable: no_local_endpoint'],
      believed: [200, '198.51.100.7, 10.1.0.1'],
      dropped: [200, '10.9.9.9'],
      gone: [502, '502 Bad Gateway: endpoint_gone'],
      after: [200, '198.51.100.7, 10.1.0.2'],
      no_local_endpoint: 1,
      endpoint_gone: 1,
    });
  },
);

import { gatewayTest, play } from './play.ts';

const [ONE, TWO] = ['10.1.0.1 saw 10.9.0.1', '10.1.0.2 saw 10.9.0.1'];

gatewayTest(
  'G2: of two claims on one port the older one has it; the other one is told, and gets no address',
  async (t) => {
    const { answer, said, younger, reasons } = await play(t, 'portConflict');
    t.deepEqual([answer, younger, reasons], [ONE, null, ['PortConflict']]);
    t.regex(String(said), /443/);
  },
);

gatewayTest('G2: a port that another namespace had is held closed', async (t) => {
  const { gone, said, after } = await play(t, 'portHold', '1h');
  t.deepEqual([gone, after], ['ECONNREFUSED', 'ECONNREFUSED']);
  t.regex(String(said), /443/);
});

gatewayTest('G2: a port that another namespace had passes when --port-hold is over', async (t) => {
  const { gone, after } = await play(t, 'portHold', '1s');
  t.deepEqual([gone, after], ['ECONNREFUSED', TWO]);
});

gatewayTest(
  'G2: within a namespace a port passes at once, back and forth, without a failure, and sessions stay',
  async (t) => {
    const { answers, isAlive, reasons } = await play(t, 'swapped');
    t.true(isAlive);
    t.deepEqual([answers, reasons], [[ONE, TWO], []]);
  },
);

gatewayTest(
  'G4: ports of Kubernetes, of Herald, of whoever was there before and outside of --ports are never opened',
  async (t) => {
    const { taken, ...others } = await play(t, 'reserved');
    t.deepEqual(others, { reasons: 5, outside: 2, open: ['shop/web:443'] });
    t.regex(String(taken), /another program listened on it when Herald started/);
  },
);

gatewayTest(
  'G4: a port that another program has is an Event, is tried again, and holds up nothing else',
  async (t) => {
    const { said, meanwhile, after } = await play(t, 'taken');
    t.regex(String(said), /7000/);
    t.deepEqual([meanwhile, after], [ONE, ONE]);
  },
);

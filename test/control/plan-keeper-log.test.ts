import test from 'ava';
import { StartError } from '../../src/plan/start-error.ts';
import { evenly } from '../config/evenly.ts';
import { A, B, config, createKeeper, messages, settled, WEB } from './keeper-parts.ts';
import { known } from './known.ts';

test('endpoints that could not be taken are a line of the log, and the next ones are', async (t) => {
  const { maker, apply, refuse, log, clock, endpoints } = createKeeper();
  await apply(config({ to: evenly(WEB) }));
  refuse(new StartError('too_many_endpoints', 'too many endpoints'));
  maker.of(WEB.text).tell([A, B]);
  await settled();
  t.true(messages(log).includes('changed endpoints could not be applied; keeping the previous ones'));
  clock.advance(100);
  maker.of(WEB.text).tell([B]);
  await settled();
  t.deepEqual(endpoints(), ['10.0.0.2:80']);
});

test('a pool that runs empty is told once, and so is that it is not any more', async (t) => {
  const { maker, apply, log, clock } = createKeeper();
  await apply(config({ to: evenly(WEB), trafficPolicy: 'Local' }), [known('10.0.0.1', { node: 'node-a' })]);
  const source = maker.of(WEB.text);
  for (const endpoints of [[B], [B, known('10.0.0.3')], [], [known('10.0.0.1', { node: 'node-a' })]]) {
    clock.advance(100);
    source.tell(endpoints);
    await settled();
  }
  t.deepEqual(
    messages(log).filter((message) => message.includes('usable')),
    [
      'pool empty: no endpoint on this node is usable; those on other nodes are not used',
      'pool has usable endpoints again',
    ],
  );
});

test('a Service that can not be read is told where its word is asked for, once', async (t) => {
  const { maker, apply, log, clock } = createKeeper();
  await apply(config({ to: evenly(WEB), trafficPolicy: 'service', affinity: { kind: 'service' } }));
  for (const endpoints of [[A, B], [B]]) {
    clock.advance(100);
    maker.of(WEB.text).tell(endpoints);
    await settled();
  }
  t.deepEqual(
    messages(log).filter((message) => message.includes('read; using')),
    ['the Service cannot be read; using trafficPolicy Cluster and affinity none until it can be'],
  );
});

test('what a source remarks is a line of the log with its name', async (t) => {
  const { maker, apply, log } = createKeeper();
  await apply(config({ to: evenly(WEB) }));
  maker.of(WEB.text).remark({ level: 'warn', code: 'away', message: 'the API is away' });
  t.deepEqual(log.lines.at(-1), {
    level: 'warn',
    fields: { source: WEB.text, code: 'away' },
    message: 'the API is away',
  });
});

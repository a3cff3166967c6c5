import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { createNodeEcho } from '../../src/app/node-echo.ts';
import type { SourceMaker } from '../../src/control/source-registry.ts';
import type { WantedSource } from '../../src/control/wanted-sources.ts';
import type { EndpointSource, SourceListener } from '../../src/endpoints/endpoint-source.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createMemoryLog } from '../observe/memory-log.ts';

const SERVICE = {
  kind: 'k8s',
  text: 'k8s:edge/echo:http',
  namespace: 'edge',
  service: 'echo',
  port: 'http',
} as const;
const FIXED = { kind: 'tcp', ip: parseIp('10.1.0.5')!, port: 8080 } as const;

/** Sources that say what a test lets them say. */
function setUp() {
  const log = createMemoryLog();
  const made: { wanted: WantedSource; listener: SourceListener | null; isStopped: boolean }[] = [];
  const prepared: WantedSource[] = [];
  const maker: SourceMaker = {
    prepare: async (wanted) => {
      prepared.push(...wanted);
    },
    create(wanted): EndpointSource {
      const entry: (typeof made)[number] = { wanted, listener: null, isStopped: false };
      made.push(entry);
      return {
        name: wanted.key,
        state: { generation: 0, synced: false, endpoints: [], addresses: [], service: null },
        health: { synced: false, lastEventAt: null, errors: new Map() },
        start: (listener) => {
          entry.listener = listener;
        },
        stop: async () => {
          entry.isStopped = true;
        },
      };
    },
    namespace: '',
    listen() {},
    stop() {},
  };
  return { log, made, prepared, parts: { maker, log, clock: createManualClock() } };
}

test('a Service of echoes has a source of both families, and fixed addresses have one', async (t) => {
  const { made, prepared, parts } = setUp();
  const echoes = createNodeEcho([SERVICE, FIXED], parts)!;
  t.deepEqual(echoes.states, []);
  await echoes.start(() => {});
  const families = made.map(({ wanted }) => (wanted.kind === 'name' ? wanted.family : wanted.key));
  t.deepEqual(families.sort(), ['10.1.0.5:8080', 'both']);
  t.is(prepared.length, 2);
  t.deepEqual(echoes.states.map(({ isFixed }) => isFixed).sort(), [false, true]);
  await echoes.stop();
  t.true(made.every(({ isStopped }) => isStopped));
});

test('changes of a source are passed on, and its remarks are logged', async (t) => {
  const { log, made, parts } = setUp();
  let changes = 0;
  const echoes = createNodeEcho([SERVICE], parts)!;
  await echoes.start(() => {
    changes++;
  });
  made[0]!.listener!.changed();
  t.is(changes, 1);
  made[0]!.listener!.remark({ level: 'warn', code: 'gone', message: 'the Service is gone' });
  t.is(log.lines[0]!.message, 'the Service is gone');
  await echoes.stop();
});

test('without --node-echo there is nothing to prove', (t) => {
  t.is(createNodeEcho([], setUp().parts), null);
});

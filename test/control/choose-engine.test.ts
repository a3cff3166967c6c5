import test from 'ava';
import { chooseEngine, type EngineSearch } from '../../src/control/choose-engine.ts';
import { ENGINE_KINDS } from '../../src/control/engine-kinds.ts';
import type { ListenerPlan, Presentation } from '../../src/plan/plan.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';

const EPOLL = ENGINE_KINDS.find(({ name }) => name === 'epoll')!;
const BROKEN = new Map([[EPOLL, new Error('the kernel forbids send')]]);
const CANNOT = 'the epoll engine cannot be had here: the kernel forbids send';

const presents = (form: Presentation): ListenerPlan => listenerPlan({ name: 'web', presentation: { form } });

function choose(form: Presentation, more: Partial<EngineSearch> = {}): string {
  const search = { preference: 'auto', platform: 'linux', kinds: ENGINE_KINDS, failed: new Map() } as const;
  const { kind, why } = chooseEngine(presents(form), { ...search, ...more });
  return `${kind.name}: ${why}`;
}

const ROWS: readonly (readonly [form: Presentation, more: Partial<EngineSearch>, expected: string])[] = [
  ['v2', {}, 'epoll: this is Linux'],
  ['transparent', {}, 'epoll: this is Linux'],
  ['forwarded', {}, 'http: it presents clients as forwarded'],
  ['v2', { platform: 'darwin' }, 'net: there is no epoll on darwin'],
  ['forwarded', { platform: 'darwin' }, 'http: it presents clients as forwarded'],
  ['none', { failed: BROKEN }, `net: ${CANNOT}`],
  ['forwarded', { failed: BROKEN }, 'http: it presents clients as forwarded'],
  ['v1', { preference: 'epoll' }, 'epoll: it was asked for'],
  ['v1', { preference: 'net' }, 'net: it was asked for'],
  ['v1', { preference: 'net', platform: 'darwin' }, 'net: it was asked for'],
  ['forwarded', { preference: 'net' }, 'http: it presents clients as forwarded'],
];

for (const [form, more, expected] of ROWS) {
  const { preference = 'auto', platform = 'linux', failed } = more;
  const broken = failed === undefined ? '' : ' without epoll';
  test(`--engine ${preference} on ${platform}${broken} serves ${form} by ${expected}`, (t) => {
    t.is(choose(form, more), expected);
  });
}

const REFUSED: readonly (readonly [
  form: Presentation,
  more: Partial<EngineSearch>,
  code: string,
  text: string,
])[] = [
  [
    'transparent',
    { failed: BROKEN },
    'engine_unavailable',
    `listener "web" needs the epoll engine, and ${CANNOT}`,
  ],
  [
    'transparent',
    { platform: 'darwin' },
    'engine_unavailable',
    'listener "web" needs the epoll engine, and there is no epoll on darwin',
  ],
  ['v2', { preference: 'epoll', platform: 'win32' }, 'engine_unavailable', 'there is no epoll on win32'],
  ['v2', { preference: 'epoll', failed: BROKEN }, 'engine_unavailable', CANNOT],
  [
    'forwarded',
    { preference: 'epoll' },
    'presentation_unavailable',
    'listener "web": the epoll engine cannot present clients as forwarded',
  ],
  [
    'transparent',
    { preference: 'net' },
    'presentation_unavailable',
    'listener "web": none of the engines net, http can present clients as transparent',
  ],
];

for (const [form, more, code, text] of REFUSED) {
  const { preference = 'auto', platform = 'linux', failed } = more;
  const broken = failed === undefined ? '' : ' without epoll';
  test(`--engine ${preference} on ${platform}${broken} refuses ${form}, and says why`, (t) => {
    const error = t.throws(() => choose(form, more), { instanceOf: StartError });
    t.is(error.code, code);
    t.is(error.message, text);
    t.is(
      error.cause,
      preference === 'auto' || code === 'engine_unavailable' ? failed?.get(EPOLL) : undefined,
    );
  });
}

test('an engine of another transport is chosen for its listeners alone', (t) => {
  const other = { ...EPOLL, name: 'other', transports: ['unix'] } as const;
  const kinds = [{ ...EPOLL, transports: ['tcp'] } as const, other];
  const listen = { kind: 'unix', path: '/run/herald.sock' } as const;
  const search: EngineSearch = { preference: 'auto', platform: 'linux', kinds, failed: new Map() };
  t.is(chooseEngine(listenerPlan(), search).kind.name, 'epoll');
  const { kind, why } = chooseEngine(listenerPlan({ listen }), search);
  t.deepEqual([kind.name, why], ['other', 'it listens on unix']);
});

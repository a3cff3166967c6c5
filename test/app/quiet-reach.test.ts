import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { parseIp } from '../../src/address/ip.ts';
import { createIpSet } from '../../src/address/ip-set.ts';
import { isQuiet } from '../../src/app/quiet-reach.ts';
import type { PoolFacts } from '../../src/control/pool-facts.ts';
import type { KnownEndpoint } from '../../src/endpoints/known-endpoint.ts';
import type { EndpointGroup } from '../../src/endpoints/snapshot.ts';
import type { AdmissionPlan, ListenerPlan } from '../../src/plan/plan.ts';
import { known } from '../control/known.ts';

const OWN = ['10.0.0.1', '10.42.0.1'].map((text) => parseIp(text)!);
const ON_B = known('10.1.0.1', { node: 'b' });
const range = (text: string) => createIpSet([parseCidr(text)!]);

interface Parts {
  readonly admission?: Partial<AdmissionPlan>;
  readonly endpoints?: readonly KnownEndpoint[];
  readonly policy?: PoolFacts['policy'];
  readonly form?: 'v2' | 'transparent';
  /** How many members each has. */
  readonly groups?: readonly number[];
}

function listener({
  admission = {},
  endpoints = [ON_B],
  policy = 'Cluster',
  groups,
  form = 'v2',
}: Parts = {}) {
  const none = createIpSet([]);
  const shares = groups?.map((size) => ({ members: new Uint16Array(size) }) as EndpointGroup) ?? null;
  return {
    plan: {
      listen: { kind: 'tcp', ip: null, port: 443 },
      presentation: { form },
      admission: { acceptProxy: 'none', trust: none, headerless: none, allow: null, ...admission },
    } as unknown as ListenerPlan,
    pool: {
      ...{ endpoints, policy },
      // Of this node, `a`: under Local it has none of `b`.
      snapshot: {
        endpoints: policy === 'Local' ? [] : endpoints,
        groups: shares,
        refusesEmptyShares: shares !== null,
      },
    } as unknown as PoolFacts,
  };
}

const asks = (parts: Parts, node: string | null = 'b', port = 443, askAt: string | null = '10.0.0.2:9464') =>
  isQuiet([listener(parts)], { port, node, askAt }, OWN);

test('a connection to a listener that carries it is a health probe there', (t) => {
  t.true(asks({}));
  t.true(asks({}, null));
});

test('a listener without an endpoint is not dialed: the connection would be logged as the failure of a client', (t) => {
  t.false(asks({ endpoints: [] }));
});

test('under Local the node of the target must have an endpoint', (t) => {
  t.true(asks({ policy: 'Local' }, 'b'));
  t.false(asks({ policy: 'Local' }, 'c'));
  t.false(asks({ policy: 'Local' }, null));
});

test('a listener that refuses a share of its clients is not dialed', (t) => {
  t.true(asks({ groups: [1, 2] }));
  t.false(asks({ groups: [1, 0] }));
});

test('a listener that does not admit each address of this machine is not dialed', (t) => {
  t.false(asks({ admission: { allow: range('10.0.0.0/24') } }));
  t.true(asks({ admission: { allow: range('10.0.0.0/8') } }));
  t.false(asks({ admission: { acceptProxy: 'any', trust: range('10.0.0.0/24') } }));
  t.true(asks({ admission: { acceptProxy: 'any', proxyHeader: 'required', trust: range('10.0.0.0/8') } }));
});

test('what listens on another port does not matter', (t) => {
  t.true(asks({ endpoints: [] }, 'b', 444));
});

test('G12: this machine does not dial a transparent listener of its own, since it cannot be presented by its own address', (t) => {
  t.true(asks({ form: 'transparent' }));
  t.false(asks({ form: 'transparent' }, 'b', 443, null));
  t.true(asks({ form: 'v2' }, 'b', 443, null));
});

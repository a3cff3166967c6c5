import test from 'ava';
import { GATEWAY_API_DATA, TLS_CASES } from '../../helpers/gateway-api-data.ts';
import { testWith } from '../../helpers/peer-installed.ts';
import { NAMESPACES } from '../kubernetes/play.ts';
import { inTurns, play } from './play.ts';

// The cases of the Gateway API's conformance suite for TCPRoute and Gateways, with its own manifests: the program, what the
// API has as statuses, and who answered on the ports of the listeners.

const caseTest = testWith([], [NAMESPACES, GATEWAY_API_DATA], (title, run) => test(title, inTurns(run)));

const REFUSED = /^(ECONNRESET|ended)$/;

caseTest(
  'tcproute-invalid-backendref-nonexistent: the route says so, and its connections are refused',
  async (t) => {
    const { route, gateway, refused, dialed } = await play(t, 'tcpNonexistentBackend');
    t.deepEqual(route, ['Accepted=True Accepted', 'ResolvedRefs=False BackendNotFound']);
    t.true((gateway as string[]).includes('Programmed=True Programmed'), `${gateway}`);
    t.deepEqual([refused, dialed], [10, 0]);
  },
);

caseTest('tcproute-invalid-cross-namespace-backend-ref: without a grant nobody gets through', async (t) => {
  const { route, refused, dialed } = await play(t, 'tcpCrossNamespace');
  t.deepEqual(route, ['Accepted=True Accepted', 'ResolvedRefs=False RefNotPermitted']);
  t.deepEqual([refused, dialed], [10, 0]);
});

caseTest(
  'tcproute-reference-grant: carries while the grant is there; open connections outlive it',
  async (t) => {
    const { granted, withdrawn, dialed, isAlive, again } = await play(t, 'tcpReferenceGrant');
    t.deepEqual([granted, again], ['tcp-reference-grant-backend', 'tcp-reference-grant-backend']);
    t.deepEqual(withdrawn, ['Accepted=True Accepted', 'ResolvedRefs=False RefNotPermitted']);
    t.deepEqual([dialed, isAlive], [0, true]);
  },
);

caseTest('tcproute-invalid-non-tcp-listener: the route is not accepted, and nothing is open', async (t) => {
  const { route, gateway, answer } = await play(t, 'tcpOtherProtocol');
  t.is((route as string[])[0], 'Accepted=False NotAllowedByListeners');
  t.true((gateway as string[]).includes('only-allow-http-routes: Accepted=False UnsupportedProtocol'));
  t.is(answer, 'ECONNREFUSED');
});

caseTest(
  'tcproute-multiple-routes-attachment: both are counted, the oldest carries, and when it goes the other one',
  async (t) => {
    const { alone, answers, after, isAlive } = await play(t, 'tcpMultipleRoutes');
    t.deepEqual([alone, answers], ['tcp-attach-backend-1', ['tcp-attach-backend-1']]);
    t.deepEqual([after, isAlive], ['tcp-attach-backend-2', true]);
  },
);

caseTest(
  'tcproute-parentref-attach-all: every TCP listener leads to the backend, and herald status names the route',
  async (t) => {
    const { answers, gateway, status } = await play(t, 'tcpAttachAll');
    t.deepEqual(answers, Array(4).fill('tcp-echo-attach-all'));
    t.is((gateway as string[]).filter((text) => text.endsWith('Programmed=True Programmed')).length, 5);
    t.is(status, 4);
  },
);

caseTest('tcproute-parentref-port-and-section-name: by port, by name, and by both', async (t) => {
  t.deepEqual(await play(t, 'tcpPortAndSection'), {
    answers: ['9300 tcp-echo-one', '9301 tcp-echo-two', '9302 tcp-echo-three'],
  });
});

caseTest(
  'tcproute-weighted-routing: shares within 5 % of the weights over 500 connections; 0 gets none',
  async (t) => {
    const counts = await play(t, 'tcpWeights');
    t.deepEqual(Object.keys(counts).sort(), ['infra-backend-v1', 'infra-backend-v2']);
    t.true(Math.abs(Number(counts['infra-backend-v1']) / 500 - 0.7) <= 0.05, JSON.stringify(counts));
  },
);

caseTest(
  'until TLS is served every Gateway of the TLS cases says UnsupportedProtocol, and nothing is open',
  async (t) => {
    const { gateways, ...told } = await play(t, 'unservedProtocols', ...TLS_CASES);
    t.true(Number(gateways) > 20, `${gateways}`);
    t.deepEqual(told, {
      conditions: ['Accepted=False ListenersNotValid,Programmed=False Invalid'],
      listeners: ['Accepted=False UnsupportedProtocol'],
      tlsRoutesWithStatus: 0,
      open: ['ECONNREFUSED', 'ECONNREFUSED'],
    });
  },
);

caseTest(
  'gateway-invalid-listeners-unsupported-protocol, -invalid-route-kind, -invalid-parameters-ref: each says what is wrong, and the rest is served',
  async (t) => {
    const told = await play(t, 'invalidGateways');
    const { protocol, mixed, invalidKind, bothKinds, parameters, answers } = told as {
      [name: string]: string[];
    };
    t.true(protocol!.includes('invalid: Accepted=False UnsupportedProtocol'), `${protocol}`);
    t.true(mixed!.includes('invalid: Accepted=False UnsupportedProtocol'), `${mixed}`);
    t.true(mixed!.includes('http: Programmed=True Programmed'), `${mixed}`);
    for (const texts of [invalidKind!, bothKinds!]) {
      t.true(texts.includes('tcp: ResolvedRefs=False InvalidRouteKinds'), `${texts}`);
    }
    t.true(parameters!.includes('http: 0 routes'), `${parameters}`);
    t.regex(answers![0]!, REFUSED);
    t.is(answers![1], 'ECONNREFUSED');
  },
);

caseTest(
  'gateway-static-addresses: a type that is not known, an address that nobody has, and then that of the node',
  async (t) => {
    const { steps, addresses, answers } = await play(t, 'staticAddresses');
    t.deepEqual(steps, [
      'Accepted=False UnsupportedAddress Programmed=False Invalid',
      'Accepted=True Accepted Programmed=False AddressNotUsable',
      'Accepted=True Accepted Programmed=True Programmed',
    ]);
    t.deepEqual(addresses, [{ type: 'IPAddress', value: '10.0.0.1' }]);
    const [here, elsewhere] = answers as string[];
    t.regex(here!, REFUSED);
    t.is(elsewhere, 'ECONNREFUSED');
  },
);

caseTest(
  'gateway-optional-address-value, gateway-infrastructure: an address without a value is any; labels change nothing',
  async (t) => {
    const { addresses, answers } = await play(t, 'emptyAddress');
    t.deepEqual(addresses, [{ type: 'IPAddress', value: '10.0.0.1' }]);
    for (const answer of answers as string[]) t.regex(answer, REFUSED);
  },
);

caseTest(
  'gateway-modify-listeners, -observed-generation-bump: a listener comes, another goes, and statuses are of each generation',
  async (t) => {
    t.deepEqual(await play(t, 'modifyListeners'), {
      listeners: [['one: 1 routes'], ['one: 1 routes', 'two: 1 routes'], ['two: 1 routes']],
      ...{ gone: 'ECONNREFUSED', after: 'infra-backend-v1', isAlive: true, generation: 3 },
    });
  },
);

caseTest(
  'gateway-with-attached-routes: attachedRoutes counts what allowedRoutes lets attach, resolved or not',
  async (t) => {
    const told = await play(t, 'attachedRoutes');
    const { lost, farRoute, near } = told as { [name: string]: string[] };
    t.is(lost!.length, 2);
    t.is(farRoute!.length, 2);
    t.is(near!.length, 2);
  },
);

caseTest(
  'a Gateway is served once its class is there, and not while that is of another controller',
  async (t) => {
    const { before, served, conditions, gone, parents, again } = await play(t, 'lateClass');
    t.deepEqual(before, ['ECONNREFUSED', 0]);
    t.deepEqual([served, gone, again], ['infra-backend-v1', 'ECONNREFUSED', 'infra-backend-v1']);
    t.deepEqual(parents, []);
    t.deepEqual(conditions, ['Accepted=True Accepted', 'SupportedVersion=True SupportedVersion']);
  },
);

caseTest('a Gateway that had another controller keeps nothing of its statuses', async (t) => {
  t.deepEqual(await play(t, 'adoptedGateway'), {
    names: ['tcp'],
    addresses: [{ type: 'IPAddress', value: '10.0.0.1' }],
  });
});

import test from 'ava';
import { GATEWAY_OPTIONS } from '../../src/config/gateway-table.ts';
import { EDGES, GATEWAYS, objectsOf } from './heralds.ts';
import type { Manifest } from './kustomize.ts';
import { argumentOf } from './overlays.ts';
import type { Fields } from './strategic-merge.ts';

// The overlays of `herald gateway`: what they may do (G10), and what differs from an edge's.

/** `group/resource verb`, sorted; each right once. */
function rightsOf(role: Manifest | undefined): string[] {
  const rules = role?.rules as unknown as readonly { [key: string]: readonly string[] }[];
  return rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups!.flatMap((group) =>
        resources!.flatMap((resource) => verbs!.map((verb) => `${group}/${resource} ${verb}`)),
      ),
    )
    .sort();
}

const READ = ['get', 'list', 'watch'];
const CLUSTER_RIGHTS = [
  ...['/services', '/nodes', '/namespaces', 'discovery.k8s.io/endpointslices'],
  ...['gatewayclasses', 'gateways', 'tcproutes', 'referencegrants'].map(
    (resource) => `gateway.networking.k8s.io/${resource}`,
  ),
].flatMap((resource) => READ.map((verb) => `${resource} ${verb}`));
const WRITES = [
  ...[
    '/services',
    ...['gatewayclasses', 'gateways', 'tcproutes'].map((each) => `gateway.networking.k8s.io/${each}`),
  ],
].map((resource) => `${resource}/status patch`);
const LEASES = [...READ, 'create', 'update'].map((verb) => `coordination.k8s.io/leases ${verb}`);
const SERVICES = ['create', 'patch', 'delete'].map((verb) => `/services ${verb}`);

test('there is a gateway on the nodes, with and without what own addresses need, and one behind a balancer', (t) => {
  t.deepEqual(
    GATEWAYS.map(({ overlay, object }) => [overlay, object.kind]),
    [
      ['gateway', 'DaemonSet'],
      ['gateway-lb', 'Deployment'],
      ['gateway-own-address', 'DaemonSet'],
    ],
  );
});

for (const { overlay, pod, herald, object, namespace } of GATEWAYS) {
  const hasBalancer = argumentOf(herald, '--address-class') !== undefined;

  test(`${overlay}, G10: it reads what it serves, writes statuses and Events, and nothing else of the cluster`, (t) => {
    const roles = objectsOf(overlay, 'ClusterRole');
    t.is(roles.length, 1);
    t.deepEqual(rightsOf(roles[0]), [...CLUSTER_RIGHTS, ...WRITES, '/events create'].sort());
  });

  test(`${overlay}, G10 and G13: in its own namespace it has Leases${hasBalancer ? ', and Services for the balancer' : ', and no Services'}`, (t) => {
    const roles = objectsOf(overlay, 'Role');
    t.deepEqual(
      roles.map(({ metadata }) => metadata.namespace),
      [namespace],
    );
    t.deepEqual(rightsOf(roles[0]), [...LEASES, ...(hasBalancer ? SERVICES : [])].sort());
  });

  test(`${overlay}: the rights are those of the account of its pods, which no edge has`, (t) => {
    const bindings = [...objectsOf(overlay, 'RoleBinding'), ...objectsOf(overlay, 'ClusterRoleBinding')];
    t.is(bindings.length, 2);
    const [account] = objectsOf(overlay, 'ServiceAccount');
    t.is(pod.serviceAccountName, account!.metadata.name);
    t.true(pod.automountServiceAccountToken);
    for (const { subjects, roleRef, kind } of bindings) {
      t.deepEqual(subjects, [{ kind: 'ServiceAccount', name: account!.metadata.name, namespace }]);
      t.is((roleRef as Fields).kind, kind.replace('Binding', ''));
      t.is(
        objectsOf(overlay, kind.replace('Binding', ''))[0]?.metadata.name,
        String((roleRef as Fields).name),
      );
    }
    for (const edge of EDGES) t.not(edge.pod.serviceAccountName, pod.serviceAccountName);
  });

  test(`${overlay}, G4 and G11: whose objects count is written out, and so is what pods without an annotation see`, (t) => {
    t.truthy(argumentOf(herald, '--namespaces'));
    t.truthy(argumentOf(herald, '--default-present'));
  });

  test(`${overlay}, D12 and G5b: the pod knows its node and itself, for a Lease of its own`, (t) => {
    const names = (herald.env ?? []).map(({ name }) => name);
    for (const name of ['NODE_NAME', 'POD_NAME', 'POD_UID', 'POD_NAMESPACE'])
      t.true(names.includes(name), name);
  });

  test(`${overlay}, G9 and P10: the main heap is bounded well below the memory of the pod, and young generations are those of workers`, (t) => {
    const { limits } = herald.resources as { limits: Fields };
    t.is(limits.memory, '1Gi');
    const written = (herald.env ?? []).find(({ name }) => name === 'NODE_OPTIONS');
    t.is(written?.value, '--max-old-space-size=512 --max-semi-space-size=2');
  });

  test(`${overlay}: commands that are run in its pod find its admin address without a flag`, (t) => {
    const written = (herald.env ?? []).find(({ name }) => name === 'HERALD_ADMIN');
    t.is((written as { value?: string } | undefined)?.value, argumentOf(herald, '--admin'));
  });

  test(`${overlay}, G4: a roll never has two gateways on the ports of one node`, (t) => {
    const { strategy, updateStrategy } = object.spec as Fields;
    const { rollingUpdate } = (strategy ?? updateStrategy) as Fields;
    const isOnHost = pod.hostNetwork === true;
    t.deepEqual(
      rollingUpdate,
      isOnHost ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 },
    );
    t.is(argumentOf(herald, '--reuse-port'), undefined);
    t.is(pod.dnsPolicy, isOnHost ? 'ClusterFirstWithHostNet' : undefined);
  });

  test(`${overlay}, D2 and P8: it can open port 443, by ${pod.hostNetwork ? 'one capability of root' : 'a sysctl and without root'}`, (t) => {
    const { sysctls, runAsUser } = pod.securityContext as Fields;
    const { capabilities } = herald.securityContext as Fields;
    if (pod.hostNetwork === true) {
      t.is(sysctls, undefined);
      // P8: NET_RAW to dial from a client's address.
      const dials = argumentOf(herald, '--hop-listen') === undefined ? [] : ['NET_RAW'];
      t.deepEqual(capabilities, { drop: ['ALL'], add: ['NET_BIND_SERVICE', ...dials] });
    } else {
      t.deepEqual(sysctls, [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }]);
      t.deepEqual([capabilities, runAsUser], [{ drop: ['ALL'] }, 65_532]);
    }
  });
}

test('gateway-lb, D7: its policy opens the ports of --ports and none of its own', (t) => {
  const [policy] = objectsOf('gateway-lb', 'NetworkPolicy');
  const { ingress } = policy!.spec as unknown as {
    ingress: readonly { from?: unknown; ports: readonly { port: number; endPort?: number }[] }[];
  };
  const open = ingress.filter(({ from }) => from === undefined).flatMap(({ ports }) => ports);
  const isOpen = (asked: number) =>
    open.some(({ port, endPort = port }) => port <= asked && asked <= endPort);
  const parsed = GATEWAY_OPTIONS.ports.type.parse([GATEWAY_OPTIONS.ports.usual]);
  const spans = 'value' in parsed ? parsed.value : [];
  for (let port = 1; port < 65_536; port++) {
    const isOurs = port === 9464 || port === 9465;
    const counts = spans.some(({ first, last }) => first <= port && port <= last);
    if (isOpen(port) !== (counts && !isOurs)) t.fail(`port ${port}`);
  }
  t.true(isOpen(443));
});

test('gateway-lb, D8: drains of nodes take one of its pods at a time', (t) => {
  const [budget] = objectsOf('gateway-lb', 'PodDisruptionBudget');
  const [deployment] = objectsOf('gateway-lb', 'Deployment');
  t.deepEqual(budget!.spec, { maxUnavailable: 1, selector: (deployment!.spec as Fields).selector! });
});

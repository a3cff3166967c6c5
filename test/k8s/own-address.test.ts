import test from 'ava';
import { GATEWAYS, objectsOf } from './heralds.ts';
import { argumentOf, commandOf, WORKLOADS } from './overlays.ts';
import { podSecurityLevel } from './pod-security.ts';
import type { Fields } from './strategic-merge.ts';

// What `herald/present: transparent` takes (G12): the overlay gateway-own-address beside the overlay gateway.

const OVERLAY = 'gateway-own-address';
const gatewayOf = (name: string) => GATEWAYS.find(({ overlay }) => overlay === name)!;
const { herald, pod, containers, object, namespace } = gatewayOf(OVERLAY);
const plain = gatewayOf('gateway');
const echo = WORKLOADS.find(
  ({ overlay, containers: [first] }) => overlay === OVERLAY && commandOf(first!) === 'echo',
)!;
const routes = containers.find((container) => commandOf(container) === 'routes')!;

/** The number behind the last colon. */
const portIn = (address = '') => Number(address.slice(address.lastIndexOf(':') + 1));

test('it is the overlay gateway with two arguments, one capability and one container more', (t) => {
  const more = herald.args.filter((argument) => !plain.herald.args.includes(argument));
  t.deepEqual(herald.args, [...plain.herald.args, ...more]);
  t.deepEqual(more, ['--hop-listen=$(HOST_IP):9467', '--node-echo=k8s:herald/herald-echo:8080']);
  t.deepEqual(containers, [routes, herald]);
  t.deepEqual((herald.securityContext as Fields).capabilities, {
    drop: ['ALL'],
    add: ['NET_BIND_SERVICE', 'NET_RAW'],
  });
  for (const kind of ['ClusterRole', 'Role'])
    t.deepEqual(objectsOf(OVERLAY, kind), objectsOf('gateway', kind));
});

test('the routes stay for as long as Herald drains: their container starts before it, and ends after it', (t) => {
  t.is(containers[0], routes);
  t.is(routes.restartPolicy, 'Always');
  t.true(routes.args.includes('--keep'));
});

test('a node that refuses the routes still has a gateway: nothing waits for a probe of their container', (t) => {
  for (const name of ['startupProbe', 'readinessProbe', 'livenessProbe']) t.is(routes[name], undefined);
});

test('the container of the routes alone may change the network of the node, and nothing else', (t) => {
  const [first, ...others] = [...containers, ...echo.containers].filter(({ securityContext }) => {
    const { add = [] } = (securityContext as Fields).capabilities as { add?: readonly string[] };
    return add.includes('NET_ADMIN');
  });
  t.deepEqual([first, others], [routes, []]);
  t.deepEqual((routes.securityContext as Fields).capabilities, { drop: ['ALL'], add: ['NET_ADMIN'] });
});

test('pods of the node are kept from the port at which other nodes hand over clients', (t) => {
  const port = portIn(argumentOf(herald, '--hop-listen'));
  t.is(Number(argumentOf(routes, '--guard')), port);
  // Those of --metrics, of --admin by default, and of --service-health in the guide.
  t.false([9464, 9465, 9466].includes(port));
});

test('the pods that nodes prove themselves against are ordinary ones, without a right or a capability', (t) => {
  t.is(podSecurityLevel(echo), 'restricted');
  t.is(echo.pod.hostNetwork, undefined);
  t.is(echo.pod.serviceAccountName, undefined);
  t.false(echo.pod.automountServiceAccountToken);
});

test('there is such a pod wherever there is a gateway, also while its DaemonSet rolls', (t) => {
  for (const field of ['tolerations', 'nodeSelector', 'affinity', 'priorityClassName'])
    t.deepEqual(echo.pod[field], pod[field], field);
  const { updateStrategy } = echo.object.spec as Fields;
  t.deepEqual((updateStrategy as Fields).rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
  t.is(echo.object.kind, object.kind);
});

test('--node-echo names the headless Service of these pods, in both families, and a port that they listen on', (t) => {
  const [service, ...more] = objectsOf(OVERLAY, 'Service');
  t.is(more.length, 0);
  const { clusterIP, ipFamilyPolicy, ports } = service!.spec as Fields & { ports: readonly Fields[] };
  t.deepEqual([clusterIP, ipFamilyPolicy], ['None', 'PreferDualStack']);
  const [port] = ports;
  t.is(argumentOf(herald, '--node-echo'), `k8s:${namespace}/${service!.metadata.name}:${port!.port}`);
  t.is(portIn(argumentOf(echo.containers[0]!, '--listen')), Number(port!.port));
});

test("their policy lets in every address, for that of the proof is nobody's, and lets nothing out", (t) => {
  const [policy, ...more] = objectsOf(OVERLAY, 'NetworkPolicy');
  t.is(more.length, 0);
  const { podSelector, policyTypes, ingress, egress } = policy!.spec as Fields;
  t.deepEqual(podSelector, (echo.object.spec as Fields).selector);
  t.deepEqual(policyTypes, ['Ingress', 'Egress']);
  t.deepEqual(ingress, [{ ports: [{ port: 8080, protocol: 'TCP' }] }]);
  t.deepEqual(egress, []);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { METRICS } from '../../src/observe/metric-table.ts';
import { drainOf } from './drain.ts';
import { EDGES, GATEWAYS, HERALDS, objectsOf } from './heralds.ts';
import type { Manifest } from './kustomize.ts';
import { argumentOf, type Container, K8S, OVERLAYS, WORKLOADS, type Workload } from './overlays.ts';
import { podSecurityLevel } from './pod-security.ts';
import type { Fields } from './strategic-merge.ts';

const specOf = (object: Manifest | undefined) => object?.spec as Fields;

/** How the image starts the program. */
const dockerfile = readFileSync(join(K8S, '../Dockerfile'), 'utf8');
const PROGRAM: readonly string[] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)![1]!);

/** The port behind the last colon of an address; NaN where there is none. */
const portIn = (address = '') => Number(address.slice(address.lastIndexOf(':') + 1) || Number.NaN);
/** The number of a port of a container; NaN where there is none of this name. */
const portNamed = ({ ports = [] }: Container, name: string) =>
  Number(ports.find((port) => port.name === name)?.containerPort);
/** Whether a Service has the pods of a workload. */
const selects = (service: Manifest, { labels }: Workload) =>
  Object.entries(specOf(service).selector as Fields).every(([key, value]) => labels[key] === value);

test('there are edges, gateways and sidecars to be held to the rules', (t) => {
  t.true(EDGES.length >= 10);
  t.is(GATEWAYS.length, 3);
  t.is(HERALDS.length - EDGES.length - GATEWAYS.length, 2);
});

for (const { overlay, herald, workload, pod, namespace, object } of HERALDS) {
  test(`${overlay}, P2 and D10: delay + timeout + 5 s fit into the grace of the pod`, (t) => {
    const { delaySeconds, timeoutSeconds, graceSeconds } = drainOf(herald, workload);
    t.true(delaySeconds + timeoutSeconds + 5 <= graceSeconds);
  });

  const isOnHost = pod.hostNetwork === true;

  test(`${overlay}, D9 and P3: the kubelet finds the three probes on the pod's own ${isOnHost ? 'socket' : 'address'}`, (t) => {
    const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((name) => herald[name] as Fields);
    const admin = argumentOf(herald, '--admin');
    if (isOnHost) {
      // An address of the node may be that of the pod before this one.
      t.deepEqual(
        probes.map(({ exec }) => (exec as Fields).command),
        ['started', 'ready', 'alive'].map((what) => [
          ...PROGRAM,
          'status',
          `--is=${what}`,
          `--admin=${admin}`,
        ]),
      );
    } else {
      t.deepEqual(
        probes.map((probe) => probe.httpGet),
        ['/startupz', '/readyz', '/livez'].map((path) => ({ path, port: 'metrics' })),
      );
    }
    t.is(argumentOf(herald, '--metrics'), isOnHost ? '$(HOST_IP):9464' : ':9464');
    t.regex(admin ?? 'unix:', /^unix:/, 'what can change something is not exposed');
  });

  test(`${overlay}: the ports that it listens on are those that it declares`, (t) => {
    if (isOnHost) {
      // D4: declared, they would be ports of the host, for which the scheduler would let the second pod wait.
      t.is(herald.ports, undefined);
      return;
    }
    t.is(portIn(argumentOf(herald, '--metrics')), portNamed(herald, 'metrics'));
    t.is(portIn(argumentOf(herald, '--listen')), portNamed(herald, 'clients'));
    t.is(portIn(argumentOf(herald, '--service-health')), portNamed(herald, 'health'));
  });

  test(`${overlay}, D1 and D5: its namespace enforces the strictest level that admits it`, (t) => {
    const name = objectsOf(overlay, 'Namespace').find(({ metadata }) => metadata.name === namespace);
    const labels = name!.metadata.labels as Fields;
    t.is(labels['pod-security.kubernetes.io/enforce'], podSecurityLevel(workload));
  });

  test(`${overlay}, D13: the memory that is asked for is the limit, in which its sessions are counted`, (t) => {
    const { requests, limits } = herald.resources as { requests: Fields; limits: Fields };
    t.is(requests.memory, limits.memory);
  });

  test(`${overlay}: clients reach it by a Service, or on the node, or it makes the Services itself`, (t) => {
    const services = objectsOf(overlay, 'Service').filter((service) => selects(service, workload));
    t.is(services.length > 0, object.kind === 'Deployment' && herald.args[0] !== 'gateway');
  });
}

for (const { overlay, herald, pod, object } of EDGES) {
  test(`${overlay}, D6 and W14: it may list and watch the slices of one namespace and its own Service, and nothing else`, (t) => {
    const { objects } = OVERLAYS.find(({ name }) => name === overlay)!;
    const [role, ...more] = objects.filter(({ kind }) => /Role$/.test(kind));
    const verbs = ['list', 'watch'];
    const [, namespace, service] = /^k8s:([^/]+)\/([^:]+)/.exec(argumentOf(herald, '--to')!)!;
    t.deepEqual(role?.rules, [
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs },
      { apiGroups: [''], resources: ['services'], resourceNames: [service], verbs },
    ]);
    t.is(more.length, 0);
    t.is(role?.metadata.namespace, namespace);
    const [binding, ...others] = objectsOf(overlay, 'RoleBinding');
    t.is(others.length, 0);
    t.is(binding?.metadata.namespace, namespace);
    t.deepEqual(binding?.subjects, [{ kind: 'ServiceAccount', name: 'herald', namespace: 'herald' }]);
    t.is(pod.serviceAccountName, 'herald');
    t.true(pod.automountServiceAccountToken);
  });

  test(`${overlay}, D12: it knows its node and its zone`, (t) => {
    t.is(herald.env?.filter(({ name }) => ['NODE_NAME', 'HERALD_ZONE'].includes(name)).length, 2);
  });

  test(`${overlay}, D7 and P7: the policy lets in clients and probes, metrics only for the monitoring`, (t) => {
    const [policy] = objectsOf(overlay, 'NetworkPolicy');
    t.false(JSON.stringify(policy).includes('ipBlock'));
    const { ingress, egress } = specOf(policy) as Record<
      string,
      readonly Record<string, readonly Fields[]>[]
    >;
    const open = ingress!.filter(({ from }) => from === undefined).flatMap(({ ports }) => ports!);
    const declared = (herald.ports ?? [])
      .filter(({ name }) => name !== 'metrics')
      .map((each) => each.containerPort);
    // On the host's network no policy holds, and its port is another.
    if (pod.hostNetwork !== true) {
      t.deepEqual(open.map(({ port }) => Number(port)).sort(), declared.sort());
    }
    const guarded = ingress!.filter(({ from }) => from !== undefined);
    t.deepEqual(
      guarded.map(({ ports }) => ports?.map(({ port }) => port)),
      [[9464]],
    );
    const ways = egress!.filter(({ to }) => to === undefined).flatMap(({ ports }) => ports!);
    t.deepEqual(
      ways.map(({ port, protocol }) => `${port} ${protocol}`),
      ['443 TCP', '6443 TCP', '53 UDP', '53 TCP'],
    );
  });

  test(`${overlay}, D4 and P5: a roll never waits for a port of the host`, (t) => {
    const { strategy, updateStrategy } = specOf(object);
    const { rollingUpdate } = (strategy ?? updateStrategy) as Fields;
    const hasHostPort = herald.ports?.some(({ hostPort }) => hostPort !== undefined) === true;
    t.deepEqual(
      rollingUpdate,
      hasHostPort ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 },
    );
    t.is(argumentOf(herald, '--reuse-port') === 'true', pod.hostNetwork === true);
  });

  test(`${overlay}, D8: drains of nodes take one edge of a Deployment at a time`, (t) => {
    const budgets = objectsOf(overlay, 'PodDisruptionBudget').map(specOf);
    t.deepEqual(
      budgets.map((budget) => [budget.maxUnavailable, budget.selector]),
      object.kind === 'Deployment' ? [[1, specOf(object).selector]] : [],
    );
  });
}

for (const { name: overlay } of OVERLAYS) {
  const services = objectsOf(overlay, 'Service');
  if (services.length === 0) continue;
  test(`${overlay}: each Service leads to pods of it, and to ports that they have`, (t) => {
    for (const service of services) {
      const pods = WORKLOADS.filter((each) => each.overlay === overlay && selects(service, each));
      t.is(pods.length, 1, service.metadata.name);
      const { ports } = specOf(service) as { ports: readonly Fields[] };
      for (const { targetPort } of ports)
        t.true(pods[0]!.containers.some((container) => 0 < portNamed(container, String(targetPort))));
    }
  });
}

test('P2: behind an NLB an edge goes on accepting for 150 s, and has 200 s to end', (t) => {
  const nlb = HERALDS.find(({ overlay }) => overlay === 'aws-nlb')!;
  const { delaySeconds, graceSeconds } = drainOf(nlb.herald, nlb.workload);
  t.deepEqual([delaySeconds, graceSeconds], [150, 200]);
});

test("D3: on the host's network names of the cluster are still resolved", (t) => {
  const onHost = EDGES.filter(({ pod }) => pod.hostNetwork === true);
  t.is(onHost.length, 1);
  for (const { pod } of onHost) t.is(pod.dnsPolicy, 'ClusterFirstWithHostNet');
  for (const { pod } of EDGES) t.is(pod.dnsPolicy === undefined, pod.hostNetwork === undefined);
});

/**
 * Whose processes on the node's network could join the port: of no other image, no user of the node, none that systemd makes up
 * (61184 to 65519), and no subordinate one (from 100000).
 */
const OWN_USER = 94_640;

for (const { overlay, object, pod, containers } of WORKLOADS) {
  test(`${overlay}, ${object.metadata.name}, P8: whoever has a capability is root, for others get none from a pod; everybody else is not root`, (t) => {
    for (const { name, securityContext } of containers) {
      const context = { ...(pod.securityContext as Fields), ...(securityContext as Fields) };
      const { add } = context.capabilities as Fields;
      t.deepEqual(
        [context.runAsUser, context.runAsNonRoot === true],
        add ? [0, false] : [pod.hostNetwork === true ? OWN_USER : 65_532, true],
        name,
      );
    }
  });
}

for (const { overlay, workload, herald } of HERALDS.filter((each) => each.herald.args[0] === 'sidecar')) {
  test(`${overlay}, D11: the sidecar is a native one, and ends after the application without a delay`, (t) => {
    t.is(herald.restartPolicy, 'Always');
    t.true((workload.pod.initContainers as readonly unknown[]).includes(herald));
    t.is(drainOf(herald, workload).delaySeconds, 0);
  });

  test(`${overlay}, D7: only edges reach the sidecar, for its trust list is as wide as the network of the pods`, (t) => {
    const [policy] = objectsOf(overlay, 'NetworkPolicy').map(specOf);
    t.deepEqual(policy!.policyTypes, ['Ingress']);
    const ingress = policy!.ingress as readonly { from: readonly Fields[]; ports: readonly Fields[] }[];
    const toClients = ingress.filter(({ ports }) =>
      ports.some(({ port }) => port === portNamed(herald, 'clients')),
    );
    const { labels } = EDGES[0]!;
    t.is(toClients.length, 1);
    for (const { from } of toClients) {
      t.is(from.length, 1);
      const { matchLabels } = from[0]!.podSelector as { matchLabels: Fields };
      for (const [key, value] of Object.entries(matchLabels)) t.is(labels[key], value);
      t.deepEqual(from[0]!.namespaceSelector, { matchLabels: { 'kubernetes.io/metadata.name': 'herald' } });
    }
  });

  test(`${overlay}, D6: no token of the API is in the pod`, (t) => {
    t.false(workload.pod.automountServiceAccountToken);
    t.is(workload.pod.serviceAccountName, undefined);
  });
}

test('sidecar-transparent, P8: the routes are made before the sidecar starts, by a container that ends', (t) => {
  const { containers } = WORKLOADS.find(({ overlay }) => overlay === 'sidecar-transparent')!;
  const [routes, sidecar] = containers;
  t.deepEqual(routes?.args, ['routes', 'up']);
  t.is(routes?.restartPolicy, undefined);
  t.deepEqual((routes!.securityContext as Fields).capabilities, { drop: ['ALL'], add: ['NET_ADMIN'] });
  t.deepEqual((sidecar!.securityContext as Fields).capabilities, { drop: ['ALL'], add: ['NET_RAW'] });
});

test('D8: autoscaling follows sessions, and scales in no faster than the longest drain', (t) => {
  const [scaler] = objectsOf('monitored', 'HorizontalPodAutoscaler').map(specOf);
  const [metric] = scaler!.metrics as readonly { pods: { metric: { name: string } } }[];
  const { name } = metric!.pods.metric;
  t.true(METRICS.some((row) => row.name === name));
  const [deployment] = objectsOf('monitored', 'Deployment').map(specOf);
  t.is(deployment!.replicas, undefined);
  const { scaleDown } = scaler!.behavior as { scaleDown: { stabilizationWindowSeconds: number } };
  for (const { workload, herald } of EDGES) {
    const { delaySeconds, timeoutSeconds } = drainOf(herald, workload);
    t.true(delaySeconds + timeoutSeconds <= scaleDown.stabilizationWindowSeconds);
  }
});

test('D14: every image is of the version of package.json, and every pod says so', (t) => {
  const { version } = JSON.parse(readFileSync(join(K8S, '../package.json'), 'utf8'));
  for (const { overlay, labels, containers } of WORKLOADS) {
    t.is(labels['app.kubernetes.io/version'], version, overlay);
    for (const { image, imagePullPolicy } of containers)
      t.deepEqual([image, imagePullPolicy], [`herald:${version}`, 'IfNotPresent'], overlay);
  }
});

test('the image starts the program with the arguments of a manifest, as a user that a pod can check', (t) => {
  t.regex(PROGRAM.at(-1)!, /\/main\.js$/);
  t.regex(dockerfile, /^USER 65532:65532$/m);
  for (const { containers } of WORKLOADS) for (const { command } of containers) t.is(command, undefined);
});

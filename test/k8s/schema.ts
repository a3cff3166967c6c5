import { z } from 'zod';

/**
 * The fields of the Kubernetes API that k8s/ may use, by kind: an API server drops what it does not know with no
 * more than a warning, so a slip of the pen would be an option that is not there.
 */

const text = z.string().min(1);
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/);
const count = z.int().min(0);
const port = z.int().min(1).max(65_535);
/** RFC 1123: what names objects. */
const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
/** A port's name has at most 15 characters, with a letter among them. */
const portName = z.string().regex(/^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/);
const key = z.string().regex(/^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/);
/** Labels and annotations are texts: an unquoted `true` would be refused. */
const labels = z.record(key, z.string().regex(/^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/));
const annotations = z.record(key, z.string());
const quantity = z.string().regex(/^\d+(m|Ki|Mi|Gi)?$/);
const duration = z.string().regex(/^\d+(s|m|h)$/);
const protocol = z.enum(['TCP', 'UDP']);
const selector = z.strictObject({ matchLabels: labels });

const clusterWide = z.strictObject({ name, labels: labels.optional() });
const metadata = clusterWide.extend({ namespace: name, annotations: annotations.optional() });

const probeTimes = {
  periodSeconds: count.min(1),
  timeoutSeconds: count.min(1),
  failureThreshold: count.min(1),
};
const probe = z.strictObject({
  // Without `host`: PodSecurity forbids it, and the kubelet dials the pod's own address anyway.
  httpGet: z.strictObject({ path: z.string().startsWith('/'), port: portName }),
  ...probeTimes,
});
const commandProbe = z.strictObject({
  exec: z.strictObject({ command: z.array(text).min(1) }),
  ...probeTimes,
});
const anyProbe = z.union([probe, commandProbe]).optional();

const identity = {
  runAsNonRoot: z.boolean().optional(),
  runAsUser: count.optional(),
  runAsGroup: count.optional(),
  seccompProfile: z.strictObject({ type: z.enum(['RuntimeDefault']) }).optional(),
};

const container = z.strictObject({
  name,
  image: text,
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
  restartPolicy: z.literal('Always').optional(),
  args: z.array(text).min(1),
  env: z
    .array(
      z.union([
        z.strictObject({ name: variable, value: text }),
        z.strictObject({
          name: variable,
          valueFrom: z.strictObject({ fieldRef: z.strictObject({ fieldPath: text }) }),
        }),
      ]),
    )
    .optional(),
  ports: z
    .array(z.strictObject({ name: portName, containerPort: port, hostPort: port.optional(), protocol }))
    .optional(),
  startupProbe: anyProbe,
  readinessProbe: anyProbe,
  livenessProbe: anyProbe,
  resources: z.strictObject({
    requests: z.strictObject({ cpu: quantity, memory: quantity }),
    limits: z.strictObject({ memory: quantity }),
  }),
  securityContext: z.strictObject({
    ...identity,
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]), add: z.array(text).optional() }),
  }),
  volumeMounts: z.array(z.strictObject({ name, mountPath: z.string().startsWith('/') })).optional(),
});

/** Only init containers may have a restart policy, and only they may lack it. */
const appContainer = container.omit({ restartPolicy: true }).strict();

const podSpec = z.strictObject({
  serviceAccountName: name.optional(),
  automountServiceAccountToken: z.boolean(),
  enableServiceLinks: z.boolean().optional(),
  terminationGracePeriodSeconds: count.optional(),
  restartPolicy: z.enum(['Never', 'OnFailure']).optional(),
  hostNetwork: z.boolean().optional(),
  dnsPolicy: z.enum(['ClusterFirstWithHostNet']).optional(),
  securityContext: z.strictObject({
    ...identity,
    // Those that PodSecurity's restricted level admits, as far as k8s/ uses them.
    sysctls: z
      .array(z.strictObject({ name: z.literal('net.ipv4.ip_unprivileged_port_start'), value: text }))
      .optional(),
  }),
  topologySpreadConstraints: z
    .array(
      z.strictObject({
        maxSkew: count.min(1),
        topologyKey: key,
        whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']),
        labelSelector: selector,
      }),
    )
    .optional(),
  initContainers: z.array(container).optional(),
  containers: z.array(appContainer).min(1),
  volumes: z
    .array(
      z.strictObject({
        name,
        emptyDir: z.strictObject({ medium: z.literal('Memory').optional(), sizeLimit: quantity }),
      }),
    )
    .optional(),
});

const template = z.strictObject({ metadata: z.strictObject({ labels }), spec: podSpec });
const surge = z.strictObject({ maxSurge: count, maxUnavailable: count });
const rolling = z.strictObject({ type: z.literal('RollingUpdate'), rollingUpdate: surge });

const policyPorts = z.array(z.strictObject({ port, endPort: port.optional(), protocol })).min(1);
const policyPeers = z
  .array(
    z.strictObject({
      // Without labels: all namespaces.
      namespaceSelector: z.union([selector, z.strictObject({})]).optional(),
      podSelector: selector.optional(),
    }),
  )
  .min(1);

const target = z.strictObject({ apiVersion: text, kind: text, name });

const rules = z.array(
  z.strictObject({
    ...{ apiGroups: z.array(z.string()), resources: z.array(text), verbs: z.array(text) },
    resourceNames: z.array(name).min(1).optional(),
  }),
);

function bindingOf(kind: 'Role' | 'ClusterRole'): z.ZodRawShape {
  return {
    roleRef: z.strictObject({
      apiGroup: z.literal('rbac.authorization.k8s.io'),
      kind: z.literal(kind),
      name,
    }),
    subjects: z.array(z.strictObject({ kind: z.literal('ServiceAccount'), name, namespace: name })).min(1),
  };
}

export const SCHEMAS: { readonly [kind: string]: z.ZodType } = {
  'v1 Namespace': object(clusterWide, {}),
  'v1 ServiceAccount': object(metadata, { automountServiceAccountToken: z.boolean() }),
  'v1 ConfigMap': object(metadata, { data: z.record(z.string().regex(/^[-\w.]+$/), z.string()) }),
  'rbac.authorization.k8s.io/v1 Role': object(metadata, { rules }),
  'rbac.authorization.k8s.io/v1 ClusterRole': object(clusterWide, { rules }),
  'rbac.authorization.k8s.io/v1 RoleBinding': object(metadata, bindingOf('Role')),
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': object(clusterWide, bindingOf('ClusterRole')),
  'networking.k8s.io/v1 NetworkPolicy': spec({
    podSelector: selector,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])).min(1),
    ingress: z
      .array(z.strictObject({ from: policyPeers.optional(), ports: policyPorts.optional() }))
      .optional(),
    egress: z.array(z.strictObject({ to: policyPeers.optional(), ports: policyPorts.optional() })).optional(),
  }),
  'v1 Service': spec({
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).optional(),
    clusterIP: z.literal('None').optional(),
    ipFamilyPolicy: z.enum(['SingleStack', 'PreferDualStack', 'RequireDualStack']).optional(),
    externalTrafficPolicy: z.enum(['Cluster', 'Local']).optional(),
    allocateLoadBalancerNodePorts: z.boolean().optional(),
    selector: labels,
    ports: z
      .array(
        z.strictObject({
          name: portName,
          port,
          targetPort: portName,
          nodePort: z.int().min(30_000).max(32_767).optional(),
          protocol,
        }),
      )
      .min(1),
  }),
  'apps/v1 Deployment': spec({
    replicas: count.optional(),
    strategy: rolling.optional(),
    selector,
    template,
  }),
  'apps/v1 DaemonSet': spec({ updateStrategy: rolling, selector, template }),
  'batch/v1 Job': spec({
    backoffLimit: count,
    activeDeadlineSeconds: count,
    ttlSecondsAfterFinished: count,
    template,
  }),
  'policy/v1 PodDisruptionBudget': spec({ maxUnavailable: count.min(1), selector }),
  'autoscaling/v2 HorizontalPodAutoscaler': spec({
    scaleTargetRef: target,
    minReplicas: count.min(2),
    maxReplicas: count.min(2),
    metrics: z.array(
      z.strictObject({
        type: z.literal('Pods'),
        pods: z.strictObject({
          metric: z.strictObject({ name: text }),
          target: z.strictObject({ type: z.literal('AverageValue'), averageValue: quantity }),
        }),
      }),
    ),
    behavior: z.strictObject({
      scaleDown: z.strictObject({
        stabilizationWindowSeconds: count.max(3600),
        policies: z.array(
          z.strictObject({ type: z.enum(['Pods', 'Percent']), value: count.min(1), periodSeconds: count }),
        ),
      }),
    }),
  }),
  'monitoring.coreos.com/v1 PodMonitor': spec({
    namespaceSelector: z.strictObject({ any: z.literal(true) }),
    selector,
    podMetricsEndpoints: z
      .array(z.strictObject({ port: portName, path: z.string().startsWith('/'), interval: duration }))
      .min(1),
  }),
  'monitoring.coreos.com/v1 PrometheusRule': spec({
    groups: z.array(
      z.strictObject({
        name: text,
        rules: z.array(
          z.strictObject({
            alert: z.string().regex(/^Herald[A-Z]\w+$/),
            expr: text,
            for: duration.optional(),
            labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
            annotations: z.strictObject({ summary: text, description: text }),
          }),
        ),
      }),
    ),
  }),
};

function object(meta: z.ZodType, fields: z.ZodRawShape): z.ZodType {
  return z.strictObject({ apiVersion: text, kind: text, metadata: meta, ...fields });
}

function spec(fields: z.ZodRawShape): z.ZodType {
  return object(metadata, { spec: z.strictObject(fields) });
}

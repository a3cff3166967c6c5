import test from 'ava';
import { COMMANDS } from '../../src/cli/commands.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import { ConfigError, type ConfigProblem } from '../../src/config/config-error.ts';
import { configFromFlags } from '../../src/config/config-from-flags.ts';
import { gatewayFromFlags } from '../../src/config/gateway-from-flags.ts';
import { knownOptions, type Scope } from '../../src/config/known-options.ts';
import { flagOf, variableOf } from '../../src/config/option.ts';
import { type Container, commandOf, WORKLOADS } from './overlays.ts';

/** What the kubelet puts in for what a container asks to be told. */
const TOLD: { readonly [field: string]: string } = {
  'spec.nodeName': 'node-a',
  'status.hostIP': '192.0.2.10',
  'metadata.name': 'herald-gateway-x7x2q',
  'metadata.namespace': 'herald',
  'metadata.uid': '6f1d3a50-7c0a-4c43-9a3e-8f1b8f0f7a11',
  "metadata.labels['topology.kubernetes.io/zone']": 'eu-1a',
};
/** What an instance of a gateway needs for a Lease of its own. */
const IDENTITY = ['POD_NAME', 'POD_UID', 'POD_NAMESPACE'];
/** What Kubernetes puts into every pod, and, by its links, about the Service `herald`. */
const CLUSTER = { KUBERNETES_SERVICE_HOST: '192.0.2.1', KUBERNETES_SERVICE_PORT: '443' };
const LINKS = { HERALD_SERVICE_HOST: '192.0.2.20', HERALD_SERVICE_PORT_CLIENTS: '443' };

interface Told {
  readonly [name: string]: string;
}

function environmentOf({ env = [] }: Container, hasLinks: boolean): Told {
  const own = env.map(({ name, value: written, valueFrom }) => {
    if (written !== undefined) return [name, written] as const;
    const { fieldPath } = (valueFrom as { fieldRef: { fieldPath: string } }).fieldRef;
    const value = TOLD[fieldPath];
    if (value === undefined) throw new Error(`a field that no pod is told: ${fieldPath}`);
    return [name, value] as const;
  });
  return { ...CLUSTER, ...(hasLinks ? LINKS : {}), ...Object.fromEntries(own) };
}

/** `$(NAME)`, as the kubelet reads it; what is not known would stay as it is. */
function expand(argument: string, env: Told): string {
  return argument.replace(/\$\((\w+)\)/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined) throw new Error(`nothing says what $(${name}) is`);
    return value;
  });
}

/** What Herald itself says against this command line. */
async function problemsOf(args: readonly string[], env: Told): Promise<readonly ConfigProblem[]> {
  const [name = '', ...rest] = args;
  const entry = COMMANDS.find((command) => command.name === name);
  if (entry === undefined) throw new Error(`no such command: ${name}`);
  const { flags, problems } = parseArguments(rest, await entry.load());
  if (name !== 'edge' && name !== 'sidecar' && name !== 'gateway') return problems;
  try {
    if (name === 'gateway') gatewayFromFlags(flags, env, problems);
    else configFromFlags(name, flags, env, problems);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

for (const { overlay, pod, containers } of WORKLOADS) {
  for (const container of containers) {
    const title = `${overlay}: herald understands the arguments of ${container.name}, ${commandOf(container)}`;
    test(title, async (t) => {
      t.regex(container.image, /^herald:/);
      const env = environmentOf(container, pod.enableServiceLinks !== false);
      const args = container.args.map((argument) => expand(argument, env));
      const command = await COMMANDS.find(({ name }) => name === args[0])!.load();
      const switches = command.flags.filter(({ arity }) => arity === 'flag').map(({ key }) => flagOf(key));
      for (const argument of args.slice(1))
        t.true(!/^--[^=]+$/.test(argument) || switches.includes(argument), 'a value stands behind its flag');
      t.deepEqual(await problemsOf(args, env), []);
    });
  }
}

for (const { overlay, containers } of WORKLOADS) {
  const probes = containers.flatMap((container) =>
    ['startupProbe', 'readinessProbe', 'livenessProbe'].flatMap((name) => {
      const exec = (container[name] as { exec?: { command: readonly string[] } } | undefined)?.exec;
      return exec === undefined ? [] : [exec.command];
    }),
  );
  if (probes.length === 0) continue;
  test(`${overlay}: herald understands the commands of its probes`, async (t) => {
    for (const command of probes) {
      const args = command.slice(command.findIndex((word) => word.endsWith('/main.js')) + 1);
      t.deepEqual(await problemsOf(args, {}), []);
      t.is(args[0], 'status');
    }
  });
}

test('every variable that a container gets is one that herald or Node reads, or that its arguments name', (t) => {
  const variablesOf = (scope: Scope) => [...knownOptions(scope).keys()].map(variableOf);
  const variables = [...variablesOf('listener'), ...variablesOf('process'), 'NODE_NAME'];
  const ofGateway = [
    ...variablesOf('gateway'),
    ...variablesOf('process'),
    'NODE_NAME',
    ...IDENTITY,
    'NODE_OPTIONS',
  ];
  for (const { overlay, containers } of WORKLOADS) {
    for (const { name, args, env = [] } of containers) {
      const known = args[0] === 'gateway' ? ofGateway : variables;
      const unused = env.filter(
        (each) => !known.includes(each.name) && !args.join().includes(`$(${each.name})`),
      );
      t.deepEqual(unused, [], `${overlay}: ${name}`);
    }
  }
});

test('a manifest with a slip of the pen would be found', async (t) => {
  const good = ['edge', '--listen=:8443', '--to=10.0.0.1:443'];
  t.deepEqual(await problemsOf(good, CLUSTER), []);
  const codes = async (...more: string[]) =>
    (await problemsOf([...good, ...more], CLUSTER)).map(({ code }) => code);
  t.deepEqual(await codes('--drain-dely=5s'), ['unknown_flag']);
  t.is((await codes('--drain-delay=5')).length, 1);
  t.is((await codes('--accept-proxy=v2')).length, 1, 'a header is expected and nobody is trusted');
  t.throws(() => expand('--to=$(HERALD_SERVICE_HOST):443', {}), { message: /nothing says/ });
  await t.throwsAsync(() => problemsOf(['egde'], CLUSTER), { message: /no such command/ });
});

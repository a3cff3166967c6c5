import test from 'ava';
import { knownOptions, optionsOf, type Scope } from '../../src/config/known-options.ts';
import { flagOf, HELP_GROUPS, variableOf } from '../../src/config/option.ts';

/** The contract's tables. What own addresses need, and `--log-tlvs`, joined them since. */
const CONTRACT: { readonly [scope in Scope]: readonly string[] } = {
  listener: [
    '--name --listen --to --accept-proxy --trust --headerless --proxy-header --header-timeout --max-header --present --tlv',
    '--crc32c --unique-id --allow-local-clients --forwarded-trust --balance --hops --traffic-policy --affinity --family --endpoint-cidrs',
    '--weight --backup --dial-from --probe --probe-header --eject-after --eject-for --eject-max --on-endpoint-gone',
    '--connect-timeout --attempts --reuse --idle-timeout --half-close-timeout --keepalive --tcp-user-timeout',
    '--max-session-age --max-sessions --max-sessions-per-client --client-prefix --over-limit',
  ],
  process: [
    '--engine --threads --metrics --admin --service-health --drain-delay --drain-timeout --log-level',
    '--log-format --access-log --log-clients --log-tlvs --node-name --zone --node-echo --kubeconfig --kube-context',
    '--watch-config --reuse-port',
  ],
  gateway: [
    '--class --prefix --namespaces --ports --port-hold --default-present --allow-annotations --address-class --publish',
    '--publish-max --hop-listen --listener-share --check-pods --endpoint-cidrs --metrics-allow',
  ],
};

for (const scope of ['listener', 'process', 'gateway'] as const) {
  test(`every flag of the contract is known, and no other: ${scope}`, (t) => {
    const flags = CONTRACT[scope].flatMap((line) => line.split(' '));
    t.deepEqual([...knownOptions(scope).keys()].map(flagOf).sort(), flags.sort());
  });

  test(`every option is described in one sentence, under a heading: ${scope}`, (t) => {
    const options = optionsOf(scope);
    t.true(options.length > 9);
    for (const [key, { text, group }] of options) {
      t.regex(text, /^[A-Z].*\.$/, key);
      t.notRegex(text, /[|\n]/, key);
      t.true(HELP_GROUPS.includes(group), key);
    }
  });
}

test('no option is named as Kubernetes names its variables', (t) => {
  for (const scope of ['listener', 'process', 'gateway'] as const) {
    for (const key of knownOptions(scope).keys()) {
      t.notRegex(variableOf(key), /^HERALD_(?:SERVICE_HOST|SERVICE_PORT(?:_.+)?|PORT(?:_\d.*)?)$/);
    }
  }
});

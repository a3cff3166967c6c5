import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { asUser, Namespace } from '../helpers/namespace.ts';
import { Program } from '../helpers/program.ts';
import { everything, states, statesOf, withNodeRoutes } from './node-network.ts';

const UNIT = fileURLToPath(new URL('../../../examples/systemd/herald-node-routes.service', import.meta.url));
const text = readFileSync(UNIT, 'utf8');
const settings = new Map(
  [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [key!, value!] as const),
);
const commandOf = (line: string) => line.replace(/^\/usr\/bin\/env herald /, '');

test('the unit of a node runs a keeper, which is started again after a failure', (t) => {
  t.is(settings.get('Type'), 'exec');
  t.is(settings.get('Restart'), 'on-failure');
  t.is(settings.get('WantedBy'), 'multi-user.target');
  t.is(settings.get('CapabilityBoundingSet'), 'CAP_NET_ADMIN');
  t.is(settings.get('AmbientCapabilities'), 'CAP_NET_ADMIN');
  t.is(settings.get('DynamicUser'), 'yes');
});

for (const [what, command, flags] of [
  ['what the unit runs', commandOf(settings.get('ExecStart')!), ''],
  ['what its head says for a guard', commandOf(text.match(/^# {3}ExecStart=(\S.*)$/m)![1]!), ' --guard 9467'],
] as const) {
  withNodeRoutes(
    `${what} keeps the routes until it is stopped, with no more than it is allowed`,
    async (t) => {
      const namespace = await Namespace.create(t);
      const before = everything(namespace);
      // As DynamicUser= and AmbientCapabilities= start it: by another user, with this one capability.
      const prefix = [...namespace.prefix, ...asUser('+net_admin')];
      const keeper = Program.spawn(t, command, { prefix });
      await keeper.line(/^IPv6 +route/);
      t.deepEqual(await statesOf(t, namespace, `show --node${flags}`), states('herald'));
      t.deepEqual(await keeper.stop(), { code: 0, signal: null });
      t.is(everything(namespace), before);
    },
  );
}

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { asUser, IPROUTE, NAMESPACES, Namespace } from '../helpers/namespace.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { Program } from '../helpers/program.ts';

const UNIT = fileURLToPath(new URL('../../../examples/systemd/herald-routes.service', import.meta.url));
const settings = new Map(
  [...readFileSync(UNIT, 'utf8').matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [key!, value!] as const),
);

const commandOf = (key: string) => settings.get(key)!.replace(/^\/usr\/bin\/env herald /, '');

test('the unit keeps the routes from its start to its stop', (t) => {
  t.is(settings.get('Type'), 'oneshot');
  t.is(settings.get('RemainAfterExit'), 'yes');
  t.is(settings.get('WantedBy'), 'multi-user.target');
});

testWith([IPROUTE], [NAMESPACES])(
  'what the unit runs sets the routes and takes them away, with no more than it is allowed',
  async (t) => {
    const namespace = await Namespace.create(t);
    t.is(settings.get('CapabilityBoundingSet'), 'CAP_NET_ADMIN');
    t.is(settings.get('AmbientCapabilities'), 'CAP_NET_ADMIN');
    t.is(settings.get('DynamicUser'), 'yes');
    // As DynamicUser= and AmbientCapabilities= start it: by another user, with this one capability.
    const prefix = [...namespace.prefix, ...asUser('+net_admin')];
    const rules = () => namespace.ip('rule').filter((line) => line.includes('lookup 123')).length;
    t.is((await Program.run(t, commandOf('ExecStart'), { prefix })).code, 0);
    t.is(rules(), 1);
    t.is((await Program.run(t, commandOf('ExecStop'), { prefix })).code, 0);
    t.is(rules(), 0);
  },
);

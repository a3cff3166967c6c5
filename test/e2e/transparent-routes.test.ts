import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Namespace, withOnly } from '../helpers/namespace.ts';
import { startOrdinaryServer } from '../helpers/ordinary-server.ts';
import type { Owner } from '../helpers/peer-owner.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { Program, type ProgramLine } from '../helpers/program.ts';
import { CLIENT, claim, command, inNamespace, ONLY_RAW, startPod } from './transparent-pod.ts';

/** Runs a sidecar that must not start. */
const fail = (owner: Owner, namespace: Namespace, capabilities: readonly string[]) =>
  Program.run(owner, command('127.0.0.1:9,[::1]:9'), { prefix: [...namespace.prefix, ...capabilities] });

const isMissing = ({ msg }: ProgramLine) => /the routes for IPv[46] are missing/.test(msg);
const isBack = ({ msg }: ProgramLine) => /^--present transparent: the routes for IPv4 exist again$/.test(msg);

inNamespace(
  'P8: without the routes there is a warning at the start, which says how to get them',
  async (t) => {
    const namespace = await Namespace.create(t);
    const prefix = [...namespace.prefix, ...ONLY_RAW];
    const sidecar = await Program.start(t, command('127.0.0.1:9'), { prefix });
    const { level, msg } = await sidecar.logged(isMissing);
    t.is(level, 'warn');
    t.regex(
      msg,
      /the routes for IPv4 are missing; run "herald routes up" in this network namespace, .* leave this host/,
    );
    t.is(sidecar.complaints.length, 1);
  },
);

inNamespace(
  'P8: a connect that times out for want of the routes says so, and what is mended is told and serves',
  async (t) => {
    const { namespace, sidecar, visit } = await startPod(t, '--connect-timeout 300ms', ['127.0.0.1']);
    t.is(JSON.parse((await visit(claim(CLIENT.address))).text).address, CLIENT.address);
    t.deepEqual(sidecar.complaints, []);

    await Program.run(t, 'routes down', { prefix: namespace.prefix });
    t.is((await sidecar.logged(isMissing)).level, 'warn');
    t.is((await visit(claim('203.0.113.78'))).ending, 'reset');
    const { detail } = await sidecar.logged(({ reason }) => reason === 'connect_timeout');
    t.is(detail, 'routes_missing');

    await Program.run(t, 'routes up', { prefix: namespace.prefix });
    t.is((await sidecar.logged(isBack)).level, 'info');
    t.is(JSON.parse((await visit(claim('203.0.113.79'))).text).address, '203.0.113.79');
    // Once while it lasted.
    t.is(sidecar.log.filter(isMissing).length, 1);
  },
);

inNamespace(
  'P8: addresses of this host that look like clients do not hide that routes are missing',
  async (t) => {
    const namespace = await Namespace.create(t);
    // On lo the whole range of an address is this host.
    for (const address of ['203.0.113.1/24', '198.51.100.1/24'])
      namespace.ip(`address add ${address} dev lo`);
    namespace.ip('address add 2001:db8::1/64 dev lo nodad');
    const prefix = [...namespace.prefix, ...ONLY_RAW];
    const sidecar = await Program.start(t, command('127.0.0.1:9,[::1]:9'), { prefix });
    await sidecar.logged(isMissing, 2);
    await Program.run(t, 'routes up', { prefix: namespace.prefix });
    t.is((await sidecar.logged(isBack)).level, 'info');
  },
);

inNamespace(
  'P8: where the host has another way out the routes are as missing, and one family is not the other',
  async (t) => {
    const [namespace, router] = [await Namespace.create(t), await Namespace.create(t)];
    namespace.connectTo(router, ['10.0.0.2/24', 'fd00::2/64'], ['10.0.0.1/24', 'fd00::1/64']);
    namespace.ip('route add default via 10.0.0.1');
    namespace.ip('-6 route add default via fd00::1');
    namespace.ip('rule add from 127.0.0.1/8 iif lo table 123');
    namespace.ip('route add local 0.0.0.0/0 dev lo table 123');
    const prefix = [...namespace.prefix, ...ONLY_RAW];
    const both = await Program.start(t, command('127.0.0.1:9,[::1]:9'), { prefix });
    t.regex((await both.logged(isMissing)).msg, /the routes for IPv6 are missing/);
    t.is(both.complaints.length, 1);
    t.deepEqual((await Program.start(t, command('127.0.0.1:9'), { prefix })).complaints, []);
  },
);

inNamespace('P8: without CAP_NET_RAW Herald does not start, and says how to get it', async (t) => {
  const namespace = await Namespace.create(t);
  await Program.run(t, 'routes up', { prefix: namespace.prefix });
  const { code, stderr, stdout } = await fail(t, namespace, withOnly(''));
  t.is(code, 1);
  t.regex(stderr, /--present transparent needs CAP_NET_RAW .* add: \[NET_RAW\]/);
  t.notRegex(stdout, /"listening"/);
});

inNamespace(
  'a reload to transparent is warned of missing routes, and one away from it says no more',
  async (t) => {
    const namespace = await Namespace.create(t);
    const { prefix } = namespace;
    const { to } = await startOrdinaryServer(t, namespace, ['127.0.0.1']);
    const file = join(await folderFor(t), 'herald.yaml');
    const write = (...presents: string[]) => {
      const listeners = presents.map(
        (present) => `  - {name: ${present}, listen: "127.0.0.1:0", present: ${present}, to: "${to}"}`,
      );
      return writeFile(
        file,
        ['version: 1', 'metrics: none', 'admin: none', 'listeners:', ...listeners].join('\n'),
      );
    };
    const isRead = ({ msg }: ProgramLine) => msg === 'configuration reloaded';
    await write('none');
    const program = await Program.start(t, `run --config ${file}`, { prefix });
    await write('none', 'transparent');
    program.signal('SIGHUP');
    await program.logged(isRead);
    t.is(program.log.filter(isMissing).length, 1);
    const { text } = await namespace.visit(t, { to: `127.0.0.1:${program.port('none')}`, bytes: '' });
    t.is(JSON.parse(text).address, '127.0.0.1');

    await write('none');
    program.signal('SIGHUP');
    await program.logged(isRead, 2);
    await Program.run(t, 'routes up', { prefix });
    await write('none', 'transparent');
    program.signal('SIGHUP');
    await program.logged(isRead, 3);
    t.is(program.log.filter(isMissing).length, 1);
    t.is(program.log.filter(isBack).length, 0);
  },
);

import { Node, onNode, POD, POD_V6 } from './node.ts';

onNode(
  'a node whose rules and routes are set is proven by the echo of a pod, over IPv4 and IPv6',
  async (t) => {
    const node = await Node.create(t);
    node.route();
    node.mark();
    const echo = await node.echo(t);
    const support = await node.support(t, { echoes: [echo.v4, echo.v6], endpoints: [POD, POD_V6] });
    for (const [family, at] of [
      [4, echo.v4],
      [6, echo.v6],
    ] as const) {
      const { level, msg } = await support.logged(new RegExp(`presents clients over IPv${family}`));
      t.is(level, 'info');
      t.true(msg.includes(`the echo ${at} saw`));
    }
    const { reach, presents } = await support.ask(POD, POD_V6);
    t.deepEqual(reach, ['direct', 'direct']);
    t.deepEqual(presents, [
      { family: 'ipv4', can: true, isProven: true, why: null },
      { family: 'ipv6', can: true, isProven: true, why: null },
    ]);
  },
);

onNode('an echo that answers with one line proves a node as well', async (t) => {
  const node = await Node.create(t);
  node.route();
  node.mark();
  const { v4 } = await node.echo(t, '--raw');
  const support = await node.support(t, { echoes: [v4] });
  t.is((await support.logged(/presents clients over IPv4/)).level, 'info');
});

onNode(
  'without rules and routes a node loses the answers, is at fault and says what to run; then it is proven',
  async (t) => {
    const node = await Node.create(t);
    const { v4 } = await node.echo(t);
    const support = await node.support(t, { echoes: [v4], endpoints: [POD] });
    const missing = await support.logged(/the rules or routes of this node for IPv4 are missing/);
    t.is(missing.level, 'warn');
    t.regex(missing.msg, /run "herald routes up --node"/);
    const { level, msg } = await support.logged(/cannot present clients over IPv4/);
    t.is(level, 'error');
    t.regex(
      msg,
      /did not answer within 2 s: the rules or routes for it are missing; run "herald routes up --node"/,
    );
    t.deepEqual((await support.ask(POD)).reach, ['incapable']);

    node.route();
    node.mark();
    await support.logged(/presents clients over IPv4/);
    const { reach, presents } = await support.ask(POD);
    t.deepEqual(reach, ['direct']);
    t.true(presents[0]!.isProven);
  },
);

onNode('a node whose packets get no mark is at fault, though its routes are there', async (t) => {
  const node = await Node.create(t);
  node.route();
  const { v4 } = await node.echo(t);
  const support = await node.support(t, { echoes: [v4], endpoints: [POD] });
  const { msg } = await support.logged(/cannot present clients over IPv4/);
  t.regex(msg, /did not answer within 2 s: its answers get no mark/);
  t.false(support.log.some((line) => /are missing/.test(line.msg)));
});

onNode(
  'a masquerade of what goes to pods is noticed, and told with the address that the echo saw',
  async (t) => {
    const node = await Node.create(t);
    node.route();
    // After the addresses of answers have been changed back: else they get no mark, and the echo seems to be silent.
    node.mark('dstnat + 10');
    node.nft(
      'table ip nat { chain out { type nat hook postrouting priority srcnat; oifname "wire" masquerade; }; }',
    );
    const { v4 } = await node.echo(t);
    const support = await node.support(t, { echoes: [v4] });
    const { msg } = await support.logged(/cannot present clients over IPv4: .* saw/);
    t.regex(
      msg,
      /saw 10\.1\.0\.1 instead of [0-9.]+: a rule of the host or of the CNI changes the addresses of clients/,
    );
  },
);

onNode('an echo that has ended refuses, and one on the host itself proves nothing', async (t) => {
  const node = await Node.create(t);
  node.route();
  node.mark();
  const refused = await node.support(t, { echoes: [`${POD}:9`] });
  t.regex((await refused.logged(/cannot present clients/)).msg, /its echo 10\.1\.0\.5:9 refuses connections/);
  const own = await node.support(t, { echoes: ['10.1.0.1:9'] });
  t.regex((await own.logged(/cannot present clients/)).msg, /has the address of this host/);
});

onNode('a node whose listeners present nobody any more is not proven, and is at no fault', async (t) => {
  const node = await Node.create(t);
  const support = await node.support(t, { echoes: [`${POD}:9`], endpoints: [POD] });
  await support.logged(/cannot present clients over IPv4/);
  t.false((await support.ask(POD)).presents[0]!.can);
  await support.reload('none');
  t.deepEqual((await support.ask(POD)).presents, []);
  await support.reload('transparent');
  t.deepEqual((await support.ask(POD)).reach, ['direct'], 'it is used until it has been tried anew');
  await support.process.until('another fault', () =>
    support.log.filter(({ msg }) => /cannot present clients over IPv4/.test(msg)).at(1),
  );
  t.deepEqual((await support.ask(POD)).reach, ['incapable']);
});

onNode(
  'an endpoint without the name of a node is direct if it is attached, and else elsewhere',
  async (t) => {
    const node = await Node.create(t);
    const support = await node.support(t, { endpoints: [POD, '192.0.2.9'] });
    // The last one is of the host itself: its answers would be routed to the client.
    const { reach } = await support.ask(POD, POD_V6, '192.0.2.9', '127.0.0.1', '10.1.0.1');
    t.deepEqual(reach, ['direct', 'direct', 'elsewhere', 'direct', 'elsewhere']);
    node.host.ip(`route del ${POD}/32 dev wire`);
    await support.becomes(POD, 'elsewhere');
  },
);

onNode(
  'clients on the interface of an endpoint are near: only the pod itself on a link of its own',
  async (t) => {
    const node = await Node.create(t);
    const support = await node.support(t, { endpoints: [POD] });
    const { kinds } = await support.ask(POD, POD_V6, '10.1.0.6', '10.9.0.7', '10.1.0.1');
    t.deepEqual(kinds, ['near', 'near', null, null, 'own']);
  },
);

onNode('and each pod of the network that the endpoint shares with others', async (t) => {
  const node = await Node.create(t, { prefixes: ['24', '64'] });
  const support = await node.support(t, { endpoints: [POD] });
  const { kinds } = await support.ask('10.1.0.6', 'fd00:1::77', '10.9.0.7', '10.1.1.6');
  t.deepEqual(kinds, ['near', 'near', null, null]);
});

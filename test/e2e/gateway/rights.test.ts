import { play, scriptedTest } from './play.ts';

/**
 * Rights that are granted and not used: `get` of what is listed and watched. The three are granted together (G10); whoever may
 * list a kind learns nothing more by `get`.
 */
const READ_BY_NAME = [
  'get discovery.k8s.io/endpointslices',
  ...['gatewayclasses', 'gateways', 'referencegrants', 'tcproutes'].map(
    (resource) => `get gateway.networking.k8s.io/${resource}`,
  ),
  ...['get namespaces', 'get nodes', 'get services'],
];

const HOPS = '--hop-listen :9466 --node-echo k8s:herald/echo:http --node-name node-a';

for (const [overlay, more] of [
  ['gateway', ''],
  ['gateway', HOPS],
  ['gateway-lb', ''],
] as const) {
  const title = `G10: with the rights of the overlay ${overlay} nothing is refused, and nothing is granted that is not used`;
  scriptedTest(more === '' ? title : `${title}, also if sessions are handed over (G12)`, async (t) => {
    const { code, ingress, refused, unused } = await play(t, 'rightsOf', overlay, more);
    t.deepEqual(refused, []);
    t.deepEqual(
      (unused as string[]).filter((right) => !READ_BY_NAME.includes(right)),
      [],
    );
    t.deepEqual([code, (ingress as object[]).length], [0, 1]);
  });
}

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

for (const overlay of ['gateway', 'gateway-lb']) {
  scriptedTest(
    `G10: with the rights of the overlay ${overlay} nothing is refused, and nothing is granted that is not used`,
    async (t) => {
      const { code, ingress, refused, unused } = await play(t, 'rightsOf', overlay);
      t.deepEqual(refused, []);
      t.deepEqual(
        (unused as string[]).filter((right) => !READ_BY_NAME.includes(right)),
        [],
      );
      t.deepEqual([code, (ingress as object[]).length], [0, 1]);
    },
  );
}

import { play, scriptedTest } from './play.ts';

/** Rights that this run does not need, and why they are granted. */
const ARGUED: { readonly [overlay: string]: { readonly [right: string]: string } } = {
  gateway: {
    'get services': 'a status that was written is read back, and one that was refused is read again',
    'get gateway.networking.k8s.io/gatewayclasses': 'as services',
    'get gateway.networking.k8s.io/gateways': 'as services',
    'get gateway.networking.k8s.io/tcproutes': 'as services',
    'get coordination.k8s.io/leases':
      'the first look at the Lease of the leader, unless it can be made at once',
    'get discovery.k8s.io/endpointslices': 'the three reading verbs are granted together (G10)',
    'get gateway.networking.k8s.io/referencegrants': 'as endpointslices',
    'get namespaces': 'as endpointslices',
    'get nodes': 'as endpointslices',
  },
  'gateway-lb': {},
};

for (const overlay of ['gateway', 'gateway-lb']) {
  scriptedTest(
    `G10: with the rights of the overlay ${overlay} nothing is refused, and nothing is granted that is not used`,
    async (t) => {
      const { code, ingress, refused, unused } = await play(t, 'rightsOf', overlay);
      t.deepEqual(refused, []);
      const argued = { ...ARGUED.gateway, ...ARGUED[overlay] };
      t.deepEqual(
        (unused as string[]).filter((right) => !Object.hasOwn(argued, right)),
        [],
      );
      t.deepEqual([code, (ingress as object[]).length], [0, 1]);
    },
  );
}

import { IPROUTE, NAMESPACES, Namespace } from '../helpers/namespace.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { NO_OPS, Program } from '../helpers/program.ts';

const inNamespace = testWith([IPROUTE], [NAMESPACES]);

inNamespace('a pod that trusts the range it lies in is warned, and only in a cluster', async (t) => {
  const [pod, node] = await Promise.all([Namespace.create(t), Namespace.create(t)]);
  pod.connectTo(node, ['10.244.3.7/16'], ['10.244.0.1/16']);
  const complaints = async (env: { readonly [name: string]: string }) => {
    const herald = await Program.start(
      t,
      `sidecar --listen :0 --to 127.0.0.1:9 --trust 10.244.0.0/16 --present none --engine net --drain-delay 0 ${NO_OPS}`,
      { prefix: pod.prefix, env },
    );
    await herald.stop();
    return herald.complaints.map(({ msg }) => msg);
  };
  const [inCluster, elsewhere] = await Promise.all([
    complaints({ KUBERNETES_SERVICE_HOST: '10.96.0.1' }),
    complaints({}),
  ]);
  t.is(inCluster.length, 1);
  t.regex(inCluster[0]!, /^listener sidecar: trust has 10\.244\.0\.0\/16, .*\(10\.244\.3\.7\)/);
  t.deepEqual(elsewhere, []);
});

import test from 'ava';
import { type AccessOptions, loadKubernetesAccess } from '../../../src/discovery/kubernetes/load-access.ts';
import { CERTIFICATE } from '../../helpers/certificate.ts';
import { memoryFiles } from './watch-parts.ts';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const POD_ENV = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
const POD_FILES = {
  [`${ACCOUNT}/token`]: 'secret\n',
  [`${ACCOUNT}/ca.crt`]: CERTIFICATE.cert,
  [`${ACCOUNT}/namespace`]: 'shop\n',
};

interface Given extends Partial<Omit<AccessOptions, 'files'>> {
  readonly texts?: { readonly [path: string]: string | undefined };
}

function load({ env = {}, kubeconfig = null, context = null, texts = {} }: Given) {
  return loadKubernetesAccess({ env, kubeconfig, context, files: memoryFiles({ ...texts }) });
}

function problem(t: { fail(message: string): never }, given: Given): string {
  const result = load(given);
  return 'problem' in result ? result.problem : t.fail('there is access');
}

test('in a pod the API is in the environment, and the account in files that are named, not kept', (t) => {
  const access = load({ env: POD_ENV, texts: POD_FILES });
  t.false('problem' in access);
  t.like(access, {
    namespace: 'shop',
    token: { file: `${ACCOUNT}/token` },
    ca: { file: `${ACCOUNT}/ca.crt` },
    insecure: false,
  });
  t.is('url' in access && access.url.href, 'https://10.96.0.1/');
  t.false(JSON.stringify(access).includes('secret\\n'));
});

test('an IPv6 address of the API gets brackets', (t) => {
  const access = load({ env: { ...POD_ENV, KUBERNETES_SERVICE_HOST: 'fd00::1' }, texts: POD_FILES });
  t.is('url' in access && access.url.host, '[fd00::1]');
});

test('in a pod without a namespace file it is the default one', (t) => {
  const access = load({ env: POD_ENV, texts: { ...POD_FILES, [`${ACCOUNT}/namespace`]: undefined } });
  t.is('url' in access && access.namespace, 'default');
});

test('what a pod lacks is named', (t) => {
  const without = (name: string) =>
    problem(t, { env: POD_ENV, texts: { ...POD_FILES, [`${ACCOUNT}/${name}`]: '' } });
  t.regex(without('token'), /holds no token: is automountServiceAccountToken off\?$/);
  t.regex(without('ca.crt'), /ca\.crt holds no certificate$/);
  for (const KUBERNETES_SERVICE_HOST of ['a b', 'x@y', 'a/b'])
    t.regex(
      problem(t, { env: { ...POD_ENV, KUBERNETES_SERVICE_HOST }, texts: POD_FILES }),
      /are not the address of an API server$/,
    );
  t.regex(
    problem(t, { env: { ...POD_ENV, KUBERNETES_SERVICE_PORT: 'x' }, texts: POD_FILES }),
    /not the address/,
  );
});

test('without a cluster and without a kubeconfig there is no access', (t) => {
  t.regex(
    problem(t, {}),
    /neither --kubeconfig nor KUBECONFIG is set; set one of them to the path of a kubeconfig$/,
  );
});

test('--kubeconfig wins over the cluster around, and that over KUBECONFIG', (t) => {
  const file = (namespace: string) =>
    JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', namespace } }],
      clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:8001' } }],
    });
  const texts = { ...POD_FILES, '/flag': file('flag'), '/env': file('env') };
  const env = { ...POD_ENV, KUBECONFIG: '/env' };
  const namespace = (given: Given) => {
    const access = load({ texts, ...given });
    return 'url' in access ? access.namespace : access.problem;
  };
  t.is(namespace({ env, kubeconfig: '/flag' }), 'flag');
  t.is(namespace({ env }), 'shop');
  t.is(namespace({ env: { KUBECONFIG: '/env' } }), 'env');
});

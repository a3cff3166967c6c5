import test from 'ava';
import fc from 'fast-check';
import { kubeconfigAccess } from '../../../src/discovery/kubernetes/kubeconfig.ts';
import { CERTIFICATE } from '../../helpers/certificate.ts';
import { memoryFiles } from './watch-parts.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const PATH = '/home/me/.kube/config';

/** A kubeconfig of one cluster, one user and one context. */
function file(cluster: object = {}, user: object | null = {}, context: object = {}): string {
  return JSON.stringify({
    'current-context': 'here',
    contexts: [
      { name: 'here', context: { cluster: 'c', ...(user === null ? {} : { user: 'u' }), ...context } },
    ],
    clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  });
}

function load(
  text: string | undefined,
  more: { [path: string]: string } = {},
  context: string | null = null,
) {
  return kubeconfigAccess([PATH], context, memoryFiles({ [PATH]: text, ...more }));
}

function problem(
  text: string | undefined,
  more: { [path: string]: string } = {},
  context: string | null = null,
) {
  const result = load(text, more, context);
  return 'problem' in result ? result.problem : null;
}

test('YAML is read, with the namespace of the context', (t) => {
  const yaml = `
apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: here, context: {cluster: c, user: u, namespace: shop}}
clusters:
- name: c
  cluster:
    server: https://api.example:6443/path
    tls-server-name: kubernetes
    certificate-authority-data: ${base64(CERTIFICATE.cert)}
users:
- {name: u, user: {token: secret}}
`;
  const access = load(yaml);
  t.like(access, {
    namespace: 'shop',
    token: { text: 'secret' },
    ca: { text: CERTIFICATE.cert },
    serverName: 'kubernetes',
    insecure: false,
    certificate: null,
    key: null,
  });
  t.is('url' in access && access.url.href, 'https://api.example:6443/path');
});

test('JSON is read too; without a namespace it is the default one, and a user is not needed', (t) => {
  const access = load(file({ server: 'http://127.0.0.1:8001' }, null));
  t.like(access, { namespace: 'default', token: null, ca: null });
});

test('paths are relative to the file', (t) => {
  const cluster = { 'certificate-authority': 'pki/ca.crt' };
  const user = { tokenFile: 'token', 'client-certificate': '/abs/crt', 'client-key': '../key' };
  const access = load(file(cluster, user), {
    '/home/me/.kube/pki/ca.crt': CERTIFICATE.cert,
    '/home/me/.kube/token': 'secret',
    '/abs/crt': CERTIFICATE.cert,
    '/home/me/.kube/../key': CERTIFICATE.key,
  });
  t.like(access, {
    ca: { file: '/home/me/.kube/pki/ca.crt' },
    token: { file: '/home/me/.kube/token' },
    certificate: { file: '/abs/crt' },
    key: { file: '/home/me/.kube/../key' },
  });
});

test('data wins over a path, and a token file over a token, as in kubectl', (t) => {
  const user = {
    'client-certificate': 'none',
    'client-certificate-data': base64(CERTIFICATE.cert),
    'client-key-data': base64(CERTIFICATE.key),
    token: 'old',
    tokenFile: '/token',
  };
  const access = load(file({}, user), { '/token': 'new' });
  t.like(access, {
    certificate: { text: CERTIFICATE.cert },
    key: { text: CERTIFICATE.key },
    token: { file: '/token' },
  });
});

test('of several files the first that names an entry is taken, and some may be missing', (t) => {
  const first = JSON.stringify({ users: [{ name: 'u', user: { token: 'first' } }] });
  const files = memoryFiles({ '/a': first, '/b': file({}, { token: 'second' }) });
  t.like(kubeconfigAccess(['/a', '/none', '/b'], null, files), { token: { text: 'first' } });
});

test('a context may be named, and one that there is not is named with those that there are', (t) => {
  t.false('problem' in load(file(), {}, 'here'));
  t.is(problem(file(), {}, 'there'), 'the kubeconfig has no context "there": it has "here"');
});

const PROBLEMS: readonly (readonly [what: string, text: string | undefined, says: RegExp])[] = [
  ['a file that is not there', undefined, /cannot be read$/],
  ['no YAML', 'a: [', /is not YAML$/],
  ['nothing', '', /no current-context/],
  ['no cluster of that name', file({}, {}, { cluster: 'x' }), /no cluster "x": it has "c"$/],
  ['no user of that name', file({}, {}, { user: 'x' }), /no user "x"/],
  ['no server', file({ server: null }), /not an https:\/\/ or http:\/\/ URL$/],
  ['a server of another kind', file({ server: 'ftp://x' }), /not an https/],
  ['a password in the address', file({ server: 'https://a:b@x' }), /not an https/],
  ['a proxy', file({ 'proxy-url': 'http://p' }), /proxy-url, which Herald does not support$/],
  ['an exec plug-in', file({}, { exec: { command: 'aws' } }), /\(exec\).*kubectl create token/],
  ['an auth-provider', file({}, { 'auth-provider': { name: 'gcp' } }), /auth-provider/],
  ['a password', file({}, { username: 'a', password: 'b' }), /password/],
  ['impersonation', file({}, { as: 'root' }), /impersonates/],
  [
    'a certificate that is none',
    file({ 'certificate-authority-data': base64('x') }),
    /-data.*is not valid PEM/,
  ],
  [
    'a file of a certificate that is not there',
    file({ 'certificate-authority': 'x' }),
    /\.kube\/x.*is not valid PEM/,
  ],
  ['a token file that is not there', file({}, { tokenFile: 'x' }), /token file .*x holds no token$/],
  [
    'a token that no header can hold',
    file({}, { token: 'a b' }),
    /token of the kubeconfig is not a valid token$/,
  ],
  [
    'a certificate without its key',
    file({}, { 'client-certificate-data': base64(CERTIFICATE.cert) }),
    /only one of client-certificate and client-key$/,
  ],
  [
    'a token in the clear',
    file({ server: 'http://api.example' }, { token: 'secret' }),
    /unencrypted to api\.example; use https:\/\/$/,
  ],
];

for (const [what, text, says] of PROBLEMS) {
  test(`a kubeconfig with ${what} is refused with a message that names the mistake`, (t) => {
    t.regex(problem(text) ?? '', says);
  });
}

test('a token may go in the clear to this machine, where kubectl proxy is', (t) => {
  for (const host of ['127.0.0.1', 'localhost', '[::1]'])
    t.is(problem(file({ server: `http://${host}:8001` }, { token: 'secret' })), null, host);
});

test('no message about a kubeconfig contains its secrets', (t) => {
  const texts = [
    file({ server: 'x' }, { token: 'SECRET' }),
    file({}, { token: 'SECRET SECRET' }),
    'users: [{name: u, user: {token: SECRET}}',
    file({}, { 'client-key-data': base64('SECRET') }),
  ];
  for (const text of texts) {
    const said = problem(text);
    t.not(said, null);
    t.false(said!.includes('SECRET') || said!.includes(base64('SECRET')));
  }
});

test('any kubeconfig is either access or a problem', (t) => {
  fc.assert(
    fc.property(fc.anything({ maxDepth: 3 }), fc.anything(), fc.anything(), (cluster, user, context) => {
      const text = JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context }],
        clusters: [{ name: 'c', cluster }],
        users: [{ name: 'u', user }],
      });
      t.true('problem' in load(text) || 'url' in load(text));
    }),
  );
});

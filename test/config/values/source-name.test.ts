import test from 'ava';
import { namesSource, readSourceName } from '../../../src/config/values/source-name.ts';

const LONG = 'a'.repeat(63);

/** What is read, with a port that has to be there. */
const GOOD = [
  'k8s:shop/web:https',
  'k8s:web:80',
  'k8s:web:65535',
  `k8s:${LONG}/${LONG}:http`,
  'dns:web:80',
  'dns:web.example.:80',
  'dns:_web.example:1',
  'srv:_https._tcp.web.example',
];
/** What is not, each for one reason. */
const BAD = [
  'k8s:',
  'k8s:web',
  'k8s:shop/web',
  'k8s:/web:80',
  'k8s:shop/:80',
  'k8s:a/b/c:80',
  'k8s:Shop/web:80',
  'k8s:shop/web:',
  'k8s:shop/web:0',
  'k8s:shop/web:65536',
  'k8s:shop/web:080',
  'k8s:shop/web:HTTP',
  'k8s:shop/web:80:80',
  'k8s:shop/web_1:80',
  `k8s:${LONG}a/web:80`,
  'k8s: web:80',
  'dns:web',
  'dns:web:0',
  'dns:web:http',
  'dns::80',
  'dns:-web:80',
  'dns:web..example:80',
  `dns:${LONG}a:80`,
  'srv:',
  'srv:web example',
  'srv:web/1',
];

for (const text of GOOD) {
  test(`${text} is read`, (t) => {
    const parsed = readSourceName(text, true);
    t.is('value' in parsed && parsed.value.text, text);
  });
}

for (const text of BAD) {
  test(`${text} is refused`, (t) => t.true('refusals' in readSourceName(text, true)));
}

test('where only addresses are asked for a port may be left out, but not be wrong', (t) => {
  for (const text of ['k8s:web', 'k8s:shop/web', 'dns:web.example', 'k8s:web:80', 'dns:web:80']) {
    t.true('value' in readSourceName(text, false), text);
  }
  for (const text of ['k8s:web:', 'k8s:web:0', 'dns:web:', 'dns:web:x']) {
    t.true('refusals' in readSourceName(text, false), text);
  }
});

test('a source begins with its kind, and an address never does', (t) => {
  for (const text of [...GOOD, ...BAD]) t.true(namesSource(text), text);
  for (const text of ['10.0.0.1:80', '[::1]:80', 'unix:/k8s:a', 'K8S:a/b:1', 'k8s', 'web:80', ' k8s:a:1']) {
    t.false(namesSource(text), text);
  }
});

import test from 'ava';
import { choosePort, isChosen } from '../../../src/discovery/kubernetes/port-choice.ts';
import { readService } from '../../../src/discovery/kubernetes/service.ts';
import { NAMESPACE, SERVICE, service } from '../../helpers/kubernetes-objects.ts';

const read = (spec: object = {}) => readService(service(spec), NAMESPACE, SERVICE);
const two = read({
  ports: [
    { name: 'http', port: 80 },
    { name: 'https', port: 443 },
  ],
});

test('a number is the port of the Service, and the slices are asked for its name', (t) => {
  t.deepEqual(choosePort('443', two), { choice: { by: 'name', name: 'https' }, remark: null });
});

test('a name is the name of the port of the Service', (t) => {
  t.deepEqual(choosePort('https', two), { choice: { by: 'name', name: 'https' }, remark: null });
});

test('the number of the only port is asked for by the empty name', (t) => {
  t.deepEqual(choosePort('80', read({ ports: [{ port: 80 }] })).choice, { by: 'name', name: '' });
});

test('a number is the own port of the slices where the Service cannot be read, with a warning', (t) => {
  const { choice, remark } = choosePort('8080', null);
  t.deepEqual(choice, { by: 'number', port: 8080 });
  t.is(remark?.level, 'warn');
  t.is(remark?.code, 'port_of_slices');
  t.deepEqual(choosePort('http', null), { choice: { by: 'name', name: 'http' }, remark: null });
});

test('the remark of a port that the Service does not have lists its ports', (t) => {
  const { choice, remark } = choosePort('8080', two);
  t.is(remark?.code, 'no_such_port');
  t.is(remark?.message, 'the Service has no TCP port 8080; it has "http" (80), "https" (443)');
  t.false(
    isChosen(choice, { name: 'http', port: 8080 }),
    'the number of a pod is not the number of the Service',
  );
  t.is(choosePort('web', two).remark?.code, 'no_such_port');
  t.is(
    choosePort('80', read({ ports: [] }))?.remark?.message,
    'the Service has no TCP port 80; it has no TCP ports',
  );
});

test('a Service of very many ports is no very long line of the log', (t) => {
  const ports = Array.from({ length: 10_000 }, (_, at) => ({ name: `port-${at}`, port: at + 1 }));
  const message = choosePort('other', read({ ports }))?.remark?.message ?? '';
  t.regex(message, /"port-7" \(8\) and 9992 more$/);
  t.true(message.length < 300);
});

test('without a port, every port counts', (t) => {
  const { choice, remark } = choosePort(null, two);
  t.is(remark, null);
  t.true(isChosen(choice, { name: 'any', port: 1 }));
});

test('there is no remark about the ports of a Service of type ExternalName', (t) => {
  t.is(choosePort('80', read({ type: 'ExternalName', ports: [] })).remark, null);
});

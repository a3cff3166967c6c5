import test from 'ava';
import { realClock } from '../../src/observe/clock.ts';
import { GET, start, status, WEB } from './service-health-parts.ts';

test('G14, G15: in a gateway a tenant takes nobody else out of a balancer, and no path tells of others', async (t) => {
  const down = { namespace: 'bank', name: 'api', endpoints: 0 };
  const { say } = await start(t, [WEB, down], true, realClock, true);
  const ask = async (path: string) => {
    const text = await say(GET.replace('/healthz', path));
    return [status(text), JSON.parse(text.split('\r\n\r\n')[1]!)] as const;
  };
  const all = await ask('/healthz');
  t.deepEqual([all[0], all[1].service, all[1].localEndpoints], [OK, { namespace: '', name: '' }, 1]);
  t.is((await ask('/demo/web'))[0], OK);
  t.is((await ask('/bank/api'))[0], UNAVAILABLE);
  const absent = await ask('/bank/none');
  t.deepEqual([absent[0], absent[1].service.name, absent[1].localEndpoints], [UNAVAILABLE, 'none', 0]);
  const none = await start(t, [down], true, realClock, true);
  t.is(status(await none.say(GET)), UNAVAILABLE);
});

const OK = 'HTTP/1.1 200 OK';
const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable';

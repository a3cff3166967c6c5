import test from 'ava';
import { createServiceNotices, servingStatus } from '../../src/app/service-notices.ts';
import { NotifySocket } from '../helpers/notify-socket.ts';
import { onLinux } from '../linux/on-linux.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { createTestHost } from '../tools/test-host.ts';

const alive = async () => true;

test('without NOTIFY_SOCKET nobody is told, and nothing is said', async (t) => {
  const log = createMemoryLog();
  const notices = await createServiceNotices(createTestHost(), log, alive);
  notices.ready('serving web');
  notices.reloading();
  notices.stopping('draining');
  notices.handedOver(1);
  notices.end();
  t.deepEqual(log.lines, []);
});

onLinux('with NOTIFY_SOCKET the service manager is told', async (t) => {
  const manager = await NotifySocket.open(t);
  const host = { ...createTestHost(), env: { NOTIFY_SOCKET: manager.path } };
  const log = createMemoryLog();
  const notices = await createServiceNotices(host, log, alive);
  notices.ready('serving web');
  notices.handedOver(77);
  notices.end();
  t.deepEqual(manager.read(), ['READY=1\nSTATUS=serving web', 'MAINPID=77']);
  t.deepEqual(log.lines, []);
});

test('the status names the listeners, as far as a line has room', (t) => {
  const listeners = Array.from({ length: 10 }, (_, at) => ({ name: `l${at}` }));
  t.is(servingStatus(listeners.slice(0, 2)), 'serving l0, l1');
  t.is(servingStatus(listeners.slice(0, 8)), 'serving l0, l1, l2, l3, l4, l5, l6, l7');
  t.is(servingStatus(listeners), 'serving l0, l1, l2, l3, l4, l5, l6, l7 and 2 more');
  t.is(servingStatus([{ name: 'web' }, { name: 'web' }]), 'serving web');
});

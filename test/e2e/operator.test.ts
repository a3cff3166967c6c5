import { join } from 'node:path';
import test from 'ava';
import { type Owner, shared } from '../helpers/peer-owner.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { Program } from '../helpers/program.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { addressText, connectTo } from './visit.ts';

/** A sidecar with one session that is open, and one client that it has turned away. */
async function startBusy(owner: Owner, admin: string) {
  const endpoint = await ScriptedEndpoint.start();
  owner.teardown(() => endpoint.stop());
  const herald = await Program.start(
    owner,
    `sidecar --listen 127.0.0.1:0 --to 127.0.0.1:${endpoint.port} --trust 127.0.0.0/8 --present none --drain-timeout 1h --metrics none --admin ${admin}`,
  );
  const client = await connectTo({ port: herald.port() });
  owner.teardown(() => client.destroy());
  client.write('PROXY TCP4 203.0.113.7 198.51.100.9 51234 443\r\nhello');
  const served = await endpoint.accept();
  await served.read(5);
  const stranger = await connectTo({ port: herald.port() });
  owner.teardown(() => stranger.destroy());
  stranger.write('GET / HTTP/1.1\r\n\r\n');
  await stranger.closed;
  await herald.logged(({ reason }) => reason === 'header_absent');
  const { localAddress, localPort } = client.socket;
  return { herald, endpoint, via: addressText(localAddress!, localPort!) };
}

const ways = {
  TCP: shared(async (owner) => {
    const busy = await startBusy(owner, '127.0.0.1:0');
    return { ...busy, admin: `127.0.0.1:${busy.herald.opsPort('admin')}` };
  }),
  'a unix socket': shared(async (owner) => {
    const admin = `unix:${join(await folderFor(owner), 'admin.sock')}`;
    return { ...(await startBusy(owner, admin)), admin };
  }),
};

for (const [name, busy] of Object.entries(ways)) {
  test(`status, endpoints, sessions and refused tell of a running Herald: JSON, by ${name}`, async (t) => {
    const { herald, endpoint, via, admin } = await busy();
    const ask = async (command: string) => {
      const { code, stdout, stderr } = await Program.run(t, `${command} --json --admin ${admin}`);
      t.deepEqual([code, stderr], [0, '']);
      return JSON.parse(stdout);
    };
    const [status, endpoints, sessions, refused] = await Promise.all(
      ['status', 'endpoints', 'sessions', 'refused'].map(ask),
    );
    t.is(status.state, 'serving');
    t.like(status.listeners[0], {
      name: 'sidecar',
      address: `127.0.0.1:${herald.port()}`,
      sessions: 1,
      opened: 2,
      refused: 1,
    });
    const address = `127.0.0.1:${endpoint.port}`;
    t.like(endpoints.pools[0], { listener: 'sidecar', synced: true });
    t.like(endpoints.pools[0].endpoints[0], { address, usable: true, ejected: false, sessions: 1 });
    t.is(sessions.sessions.length, 1);
    t.like(sessions.sessions[0], {
      client: '203.0.113.7:51234',
      via,
      endpoint: address,
      phase: 'relay',
      bytesToEndpoint: 5,
    });
    t.is(refused.refused.length, 1);
    t.like(refused.refused[0], { listener: 'sidecar', reason: 'header_absent' });
    t.regex(JSON.stringify(refused.refused[0]), /GET \/ HTTP/);
  });

  test(`the same as tables for people, by ${name}`, async (t) => {
    const { herald, endpoint, via, admin } = await busy();
    const table = async (command: string) => (await Program.run(t, `${command} --admin ${admin}`)).stdout;
    const [status, endpoints, sessions, refused] = await Promise.all(
      ['status', 'endpoints', 'sessions', 'refused'].map(table),
    );
    t.regex(status!, new RegExp(`serving[^]*\nLISTENER[^]*\nsidecar +127\\.0\\.0\\.1:${herald.port()} `));
    t.regex(endpoints!, new RegExp(`\nsidecar .*127\\.0\\.0\\.1:${endpoint.port} +usable +1`));
    t.regex(sessions!, new RegExp(`\nsidecar .*203\\.0\\.113\\.7:51234 +${via.replaceAll('.', '\\.')} `));
    t.regex(refused!, /\n.*sidecar .*header_absent .*no header/);
  });
}

test('status is 0 while Herald drains, and says so', async (t) => {
  const { herald } = await startBusy(t, '127.0.0.1:0');
  herald.signal('SIGTERM');
  await herald.logged(({ msg }) => msg === 'draining');
  const { code, stdout } = await Program.run(t, `status --json --admin 127.0.0.1:${herald.opsPort('admin')}`);
  t.is(code, 0);
  t.is(JSON.parse(stdout).state, 'draining');
});

test('where nobody answers the commands are status 1, and say whom they asked', async (t) => {
  const path = join(await folderFor(t), 'nobody.sock');
  for (const admin of [`127.0.0.1:${await unusedPort()}`, `unix:${path}`]) {
    const { code, stdout, stderr } = await Program.run(t, `status --admin ${admin}`);
    t.deepEqual([code, stdout], [1, '']);
    t.true(stderr.startsWith(`herald: no answer from ${admin}: `), stderr);
  }
});

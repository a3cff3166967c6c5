import test from 'ava';
import { type ConnectionLookup, reached } from '../../src/ops/reached.ts';
import { ask } from './ask.ts';
import { serveReached } from './metrics-server-parts.ts';

const ASKED = {
  localAddress: '::ffff:10.0.0.2',
  localPort: 9090,
  remoteAddress: '::ffff:10.0.0.1',
  remotePort: 50_000,
};

/** The status for a question, where these ends (beside those of the question itself) are known. */
function statusOf(query: string, known: readonly string[], parts: { behindHeader?: boolean } = {}) {
  const lookedUp: string[] = [];
  const lookUp: ConnectionLookup = ({ localIp, localPort, peerIp, peerPort }) => {
    const text = `${[...localIp].join('.')}:${localPort} ${[...peerIp].join('.')}:${peerPort}`;
    lookedUp.push(text);
    return known.includes(`? ${text}`) ? null : known.includes(text);
  };
  const request = {
    query: new URLSearchParams(query),
    body: '',
    peer: null,
    ends: ASKED,
    behindHeader: false,
    ...parts,
  };
  return reached(lookUp, request).status;
}

const OWN = '10.0.0.2:9090 10.0.0.1:50000';
const QUESTION = 'port=443&from=10.0.0.1:40000';

test('G5: a connection that arrived is 200, one that did not is 404', (t) => {
  t.is(statusOf(QUESTION, [OWN, '10.0.0.2:443 10.0.0.1:40000']), 200);
  t.is(statusOf(QUESTION, [OWN]), 404);
  t.is(statusOf(QUESTION, [OWN, '10.0.0.2:443 10.0.0.1:40001']), 404);
});

test('the address that was dialed may be another than the one that is asked', (t) => {
  const named = `${QUESTION}&address=10.0.9.9`;
  t.is(statusOf(named, [OWN, '10.0.9.9:443 10.0.0.1:40000']), 200);
  // A node's external address that the network turns into this one.
  t.is(statusOf(named, [OWN, '10.0.0.2:443 10.0.0.1:40000']), 200);
  t.is(statusOf(named, [OWN]), 404);
});

test('a machine that does not know the connection of the question itself cannot tell', (t) => {
  t.is(statusOf(QUESTION, []), 501);
  t.is(statusOf(QUESTION, [`? ${OWN}`]), 501);
  t.is(statusOf(QUESTION, [OWN, '? 10.0.0.2:443 10.0.0.1:40000']), 501);
});

test('an asker whose address was changed on its way is told that nobody can tell', (t) => {
  t.is(statusOf('port=443&from=10.7.7.7:40000', [OWN, '10.0.0.2:443 10.7.7.7:40000']), 501);
});

test('an asker behind a PROXY header is refused, for it could be anybody', (t) => {
  t.is(statusOf(QUESTION, [OWN, '10.0.0.2:443 10.0.0.1:40000'], { behindHeader: true }), 400);
});

for (const query of ['', 'port=443', 'from=10.0.0.1:1', 'port=x&from=10.0.0.1:1', 'port=443&from=unix:/x'])
  test(`a question that lacks something is 400: "${query}"`, (t) => t.is(statusOf(query, [OWN]), 400));

test('an address that cannot be read is 400', (t) => {
  t.is(statusOf(`${QUESTION}&address=nowhere`, [OWN]), 400);
});

test('/reached is a path of the metrics address where somebody can look connections up, and of no other', async (t) => {
  const looked: number[] = [];
  const address = await serveReached(t, ({ localPort }) => {
    looked.push(localPort);
    return true;
  });
  t.is((await ask(address, '/reached?port=443&from=127.0.0.1:40000')).status, 200);
  t.is(looked[1], 443);
  t.is((await ask(await serveReached(t), '/reached?port=443&from=127.0.0.1:40000')).status, 404);
});

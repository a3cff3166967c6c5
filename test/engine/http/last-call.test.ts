import test from 'ava';
import type { Connection } from '../../helpers/connection.ts';
import { fieldsOf, GET, httpRow, OK, readHead, readMessage } from './play-http.ts';

const row = httpRow(test);

for (const [when, before] of [
  ['after an answer', OK],
  ['in the middle of an answer', OK.slice(0, -1)],
] as const) {
  row(`a drain that begins ${when} answers the next request, too`, {}, async (t, harness, endpoint) => {
    const client = await harness.connect();
    client.write(GET);
    let served: Connection = await endpoint.accept();
    await readHead(served);
    served.write(before);
    const head = await readHead(client);
    t.deepEqual(fieldsOf(head, 'Connection'), ['keep-alive']);
    await client.read(before === OK ? 2 : 1);
    const drained = harness.engine.drain();
    served.write(OK.slice(before.length));
    await client.read(OK.length - before.length);
    // By then the listener has closed, and its sessions have been told to leave. The client does not know.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    client.write(GET);
    served = await Promise.race([readHead(served).then(() => served), endpoint.accept()]);
    if (endpoint.count > 1) await readHead(served);
    served.write(OK);
    t.deepEqual(fieldsOf((await readMessage(client)).head, 'Connection'), ['close']);
    t.is(await client.ending, 'fin');
    client.end();
    await drained;
  });
}

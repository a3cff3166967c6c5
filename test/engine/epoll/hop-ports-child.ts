import { writeFileSync } from 'node:fs';
import { parseIp } from '../../../src/address/ip.ts';
import { createEpollEngine } from '../../../src/engine/epoll/epoll-engine.ts';
import { ENGINE_DEFAULTS, EngineHarness, endpointAt, TRUSTED } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { v2 } from '../../session/headers.ts';

// In a namespace with 32 ports: plays the hop at an address for as many sessions as it is told, one after the other, and prints how many
// of them it got. Each ends by its client, so that the Herald that picks keeps the port in TIME_WAIT.

const [at = '', count = ''] = process.argv.slice(2);
const isV6 = at.includes(':');
writeFileSync('/proc/sys/net/ipv4/ip_local_port_range', '40000 40031');

const hop = await ScriptedEndpoint.start({ host: at, port: 0 });
const harness = await EngineHarness.start(
  ({ state, observer }) => createEpollEngine({ ...ENGINE_DEFAULTS, state, observer, threads: 1 }),
  {
    admission: TRUSTED,
    presentation: { form: 'transparent' },
    endpoints: [
      {
        ...endpointAt(80, 0, isV6 ? 'fd00:244::7' : '10.244.1.7'),
        hop: { ip: parseIp(at)!, port: hop.port },
      },
    ],
  },
);
const source = { address: isV6 ? '2001:db8:7::7' : '203.0.113.7', port: 51_234 };
const header = v2({ source, destination: { address: isV6 ? '2001:db8::1' : '198.51.100.1', port: 443 } });
let carried = 0;
for (let index = 0; index < Number(count); index++) {
  // Of an address of its own, since its port stays in TIME_WAIT, too.
  const client = await harness.connect({ localAddress: `127.0.1.${index + 1}` });
  client.end(header);
  const served = hop.accept().then(async (session) => {
    session.write(Uint8Array.of(0x06));
    await session.ending;
    session.end();
  });
  if ((await client.ending) === 'reset') break;
  await served;
  carried++;
}
console.log(carried);
await harness.stop();
await hop.stop();

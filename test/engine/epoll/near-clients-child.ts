import { createEpollEngine } from '../../../src/engine/epoll/epoll-engine.ts';
import { HostAddresses } from '../../../src/shared-memory/host-addresses.ts';
import { cidrs, ENGINE_DEFAULTS, EngineHarness, endpointAt, TRUSTED } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { v2 } from '../../session/headers.ts';

// Carries clients to an endpoint that is not on loopback, and prints one line for each: whom the endpoint saw. Its arguments: the
// endpoint's address, the host's own one, a range of near ones, then the clients.

const [at = '', own = '', near = '', ...clients] = process.argv.slice(2);
const CLIENT_PORT = 51_234;

const endpoint = await ScriptedEndpoint.start({ host: at, port: 0 });
const harness = await EngineHarness.start(
  ({ state, observer }) => {
    new HostAddresses(state.host).replace(cidrs(own, '127.0.0.0/8'), cidrs(), cidrs(near));
    return createEpollEngine({ ...ENGINE_DEFAULTS, state, observer, threads: 1 });
  },
  {
    admission: TRUSTED,
    presentation: { form: 'transparent' },
    endpoints: [endpointAt(endpoint.port, 0, at)],
  },
);
for (const address of clients) {
  const client = await harness.connect();
  const destination = { address: address.includes(':') ? '2001:db8::1' : '198.51.100.1', port: 443 };
  client.write(v2({ source: { address, port: CLIENT_PORT }, destination }));
  const { socket } = await endpoint.accept();
  console.log(
    JSON.stringify({
      client: address,
      seen: socket.remoteAddress,
      hasPort: socket.remotePort === CLIENT_PORT,
      plain: harness.counter('dialedPlainly'),
    }),
  );
  socket.end();
  client.end();
  await harness.record();
}
await harness.stop();
await endpoint.stop();

import { IPROUTE, NAMESPACES, Namespace, withOnly } from '../helpers/namespace.ts';
import { startOrdinaryServer } from '../helpers/ordinary-server.ts';
import { testWith } from '../helpers/peer-installed.ts';
import type { Owner } from '../helpers/peer-owner.ts';
import { Program } from '../helpers/program.ts';
import { latin } from '../session/headers.ts';

export const inNamespace = testWith([IPROUTE], [NAMESPACES]);

export const CLIENT = { address: '203.0.113.77', port: 51_234 };
export const CLIENT_V6 = { address: '2001:db8::77', port: 51_234 };
/** Peers of the namespaces that `startPod` makes: all of them are addresses of the host itself. */
export const PEERS = ['127.0.0.1', '10.1.2.3', 'fd00:1:2::3', '::1'];
/** The only capability that the sidecar keeps. */
export const ONLY_RAW = withOnly('+net_raw');

export function command(to: string, flags = ''): string {
  return `sidecar --listen :0 --to ${to} --trust ${PEERS} --proxy-header optional --present transparent --access-log all --admin none --metrics 127.0.0.1:0 ${flags}`;
}

/** A pod's namespace with addresses of its own, a server on loopback, and a sidecar. */
export async function startPod(owner: Owner, flags = '', hosts: readonly string[] = ['127.0.0.1', '::1']) {
  const namespace = await Namespace.create(owner);
  namespace.ip('address add 10.1.2.3/24 brd + dev lo');
  namespace.ip('address add fd00:1:2::3/64 dev lo nodad');
  await Program.run(owner, 'routes up', { prefix: namespace.prefix });
  const server = await startOrdinaryServer(owner, namespace, hosts);
  const prefix = [...namespace.prefix, ...ONLY_RAW];
  const sidecar = await Program.start(owner, command(server.to, flags), { prefix });
  /** One connection each, with these first bytes, from these peers. */
  const visits = (visitors: readonly (readonly [bytes: Uint8Array, peer?: string])[]) =>
    namespace.visits(
      owner,
      visitors.map(([bytes, from = '127.0.0.1']) => {
        const host = from.includes(':') ? `[${from}]` : from;
        return { to: `${host}:${sidecar.port()}`, bytes, from };
      }),
    );
  const visit = async (bytes: Uint8Array, peer?: string) =>
    (await visits([peer === undefined ? [bytes] : [bytes, peer]]))[0]!;
  return { namespace, server, sidecar, visits, visit };
}

/** A line of v1: `203.0.113.77` at port 51234. */
export function claim(address: string, port = 51_234): Uint8Array {
  const pair = address.includes(':') ? `TCP6 ${address} 2001:db8::1` : `TCP4 ${address} 198.51.100.1`;
  return latin(`PROXY ${pair} ${port} 443\r\n`);
}

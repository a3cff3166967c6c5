import { fileURLToPath } from 'node:url';
import { parseIp } from '../../../src/address/ip.ts';
import { endpointValueBytes, writeEndpointValue } from '../../../src/wire/endpoint-value.ts';
import { formatHeader } from '../../../src/wire/format-header.ts';
import type { InetAddress } from '../../../src/wire/header-address.ts';
import { TLV } from '../../../src/wire/tlv.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { PeerProcess } from '../../helpers/peer-process.ts';
import type { Namespace } from './namespace.ts';

const PROCESS = fileURLToPath(new URL('./own-address-hand-over-process.js', import.meta.url));
/** Acknowledges that the endpoint is reached. */
const ACK = 0x06;

/** What somebody claims who hands a session over: the client, and the endpoint that it is for. */
export interface HandedOver {
  readonly from: InetAddress;
  readonly to: InetAddress | null;
  /** Of the peer: by it a refusal is found. */
  readonly marker: number;
}

/** Hands a session over as a Herald does: what the pod said, or null if it was refused. */
export async function handOver(
  owner: Owner,
  place: Namespace,
  hop: string,
  { from, to, marker }: HandedOver,
): Promise<object | null> {
  const tlvs = to === null ? [] : [{ type: TLV.HERALD_ENDPOINT, value: namedIn(to) }];
  const destination = { address: from.address.includes(':') ? '2001:db8::1' : '198.51.100.1', port: 443 };
  const header = formatHeader({ version: 2, source: from, destination, tlvs });
  const peer = new PeerProcess(
    process.execPath,
    [PROCESS, hop, `${marker}`, Buffer.from(header).toString('hex')],
    {
      within: place.within,
    },
  );
  owner.teardown(() => peer.stop('SIGKILL'));
  await peer.exited;
  const bytes = Buffer.from(peer.stdout.join(''), 'hex');
  return bytes[0] === ACK ? JSON.parse(bytes.subarray(1).toString()) : null;
}

function namedIn({ address, port }: InetAddress): Uint8Array {
  const ip = parseIp(address)!;
  const value = new Uint8Array(endpointValueBytes(ip));
  writeEndpointValue(value, 0, { ip, port });
  return value;
}

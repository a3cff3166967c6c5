import { splitTlvs } from './tlv.ts';

/** §2.2.6: the second level, inside the value of the SSL TLV. */
export const SSL_TLV = {
  VERSION: 0x21,
  CN: 0x22,
  CIPHER: 0x23,
  SIG_ALG: 0x24,
  KEY_ALG: 0x25,
  GROUP: 0x26,
  SIG_SCHEME: 0x27,
  CLIENT_CERT: 0x28,
} as const;

const CLIENT_SSL = 0x01;
const CLIENT_CERT_CONN = 0x02;
const CLIENT_CERT_SESS = 0x04;

/** The TLS connection between the client and the sender. The strings are untrusted text: escape them before logging. */
export interface SslFacts {
  /** The bit field as received; the next three fields are its known bits. */
  readonly client: number;
  readonly ssl: boolean;
  readonly certConn: boolean;
  readonly certSess: boolean;
  readonly verify: number;
  /** `verify` is 0 *and* there was a certificate: without one, 0 means nothing. */
  readonly verified: boolean;
  readonly version?: string;
  readonly cn?: string;
  readonly cipher?: string;
  readonly sigAlg?: string;
  readonly keyAlg?: string;
  readonly group?: string;
  readonly sigScheme?: string;
  /** DER, as a view of the value. */
  readonly clientCert?: Uint8Array;
}

const TEXT_FACTS = [
  ['version', SSL_TLV.VERSION],
  ['cn', SSL_TLV.CN],
  ['cipher', SSL_TLV.CIPHER],
  ['sigAlg', SSL_TLV.SIG_ALG],
  ['keyAlg', SSL_TLV.KEY_ALG],
  ['group', SSL_TLV.GROUP],
  ['sigScheme', SSL_TLV.SIG_SCHEME],
] as const;

/**
 * The value of an SSL TLV → facts, or undefined if it is malformed (shorter than 5 bytes, or sub-TLVs that do not fill
 * it exactly). The first of duplicates counts. Sub-TLVs are read one level deep, however far the bytes nest.
 */
export function parseSsl(value: Uint8Array): SslFacts | undefined {
  if (value.length < 5) return undefined;
  const tlvs = splitTlvs(value, 5, value.length);
  if (tlvs === undefined) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const client = view.getUint8(0);
  const verify = view.getUint32(1);
  const first = (type: number) => tlvs.find((tlv) => tlv.type === type)?.value;
  const texts: Partial<Record<(typeof TEXT_FACTS)[number][0], string>> = {};
  for (const [fact, type] of TEXT_FACTS) {
    const bytes = first(type);
    if (bytes !== undefined) texts[fact] = Buffer.from(bytes).toString('utf8');
  }
  const clientCert = first(SSL_TLV.CLIENT_CERT);
  return {
    client,
    ssl: (client & CLIENT_SSL) !== 0,
    certConn: (client & CLIENT_CERT_CONN) !== 0,
    certSess: (client & CLIENT_CERT_SESS) !== 0,
    verify,
    verified: verify === 0 && (client & (CLIENT_CERT_CONN | CLIENT_CERT_SESS)) !== 0,
    ...texts,
    ...(clientCert === undefined ? {} : { clientCert }),
  };
}

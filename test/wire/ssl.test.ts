import test from 'ava';
import fc from 'fast-check';
import { parseSsl, SSL_TLV } from '../../src/wire/ssl.ts';

function sslValue(client: number, verify: number, ...subs: readonly [number, string][]): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(client, 0);
  head.writeUInt32BE(verify, 1);
  const tlvs = subs.map(([type, text]) =>
    Buffer.concat([Buffer.from([type, 0, text.length]), Buffer.from(text, 'latin1')]),
  );
  return Buffer.concat([head, ...tlvs]);
}

test('a client is verified only with a certificate, for all bits and any verify', (t) => {
  for (let client = 0; client < 256; client++) {
    for (const verify of [0, 1, 0x100, 0x10000, 0x80000000, 0xffffffff]) {
      t.like(parseSsl(sslValue(client, verify)), {
        client,
        verify,
        ssl: client % 2 === 1,
        certConn: (client >> 1) % 2 === 1,
        certSess: (client >> 2) % 2 === 1,
        verified: verify === 0 && ((client >> 1) % 2 === 1 || (client >> 2) % 2 === 1),
      });
    }
  }
});

test('sub-types have the numbers of the specification', (t) => {
  t.deepEqual<object, object>(SSL_TLV, {
    VERSION: 0x21,
    CN: 0x22,
    CIPHER: 0x23,
    SIG_ALG: 0x24,
    KEY_ALG: 0x25,
    GROUP: 0x26,
    SIG_SCHEME: 0x27,
    CLIENT_CERT: 0x28,
  });
});

test('every sub-type is read into its own fact', (t) => {
  const facts = parseSsl(
    sslValue(
      3,
      0,
      [SSL_TLV.CIPHER, 'TLS_AES_128_GCM_SHA256'],
      [SSL_TLV.VERSION, 'TLSv1.3'],
      [SSL_TLV.CN, 'client.example'],
      [SSL_TLV.SIG_ALG, 'SHA256'],
      [SSL_TLV.KEY_ALG, 'RSA2048'],
      [SSL_TLV.GROUP, 'x25519'],
      [SSL_TLV.SIG_SCHEME, 'rsa_pss_rsae_sha256'],
      [SSL_TLV.CLIENT_CERT, '0\x82'],
    ),
  );
  t.like(facts, {
    version: 'TLSv1.3',
    cn: 'client.example',
    cipher: 'TLS_AES_128_GCM_SHA256',
    sigAlg: 'SHA256',
    keyAlg: 'RSA2048',
    group: 'x25519',
    sigScheme: 'rsa_pss_rsae_sha256',
  });
  t.deepEqual([...facts!.clientCert!], [0x30, 0x82]);
});

test('facts that were not sent are not there', (t) => {
  t.deepEqual(Object.keys(parseSsl(sslValue(1, 0))!), [
    'client',
    'ssl',
    'certConn',
    'certSess',
    'verify',
    'verified',
  ]);
});

test('a name that is no UTF-8 is shown as such, and nothing throws', (t) => {
  t.is(parseSsl(Buffer.from('0300000000220002ff41', 'hex'))?.cn, '\ufffdA');
});

test('a value cut anywhere but between its parts is unreadable', (t) => {
  const whole = sslValue(1, 0, [SSL_TLV.VERSION, 'TLSv1.3'], [SSL_TLV.CN, 'x']);
  const readable = [...Array(whole.length + 1).keys()].filter(
    (cut) => parseSsl(whole.subarray(0, cut)) !== undefined,
  );
  t.deepEqual(readable, [5, 15, whole.length]);
});

test('what is nested is not followed, and any bytes are an answer', (t) => {
  let value = sslValue(1, 0);
  for (let depth = 0; depth < 2000; depth++) {
    const inner = Buffer.from([0x20, value.length >> 8, value.length & 255]);
    value = Buffer.concat([sslValue(1, 0), inner, value]);
  }
  t.like(parseSsl(value), { client: 1, verified: false });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      parseSsl(bytes);
    }),
  );
});

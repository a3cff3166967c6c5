import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createConditions } from './conditions.ts';

/** One record, as a zone has it: `data` is the text of an address, or what an SRV record says. */
export interface DnsRecord {
  readonly ttl: number;
  readonly data:
    | string
    | { readonly priority: number; readonly weight: number; readonly port: number; readonly host: string };
}

export interface ScriptedDns {
  /** `127.0.0.1:5353`, as a resolver takes it. */
  readonly server: string;
  /** Answers by `A web.example`, `AAAA …`, `SRV …`: records, a code such as SERVFAIL, or silence. None: NXDOMAIN. */
  readonly zone: Map<string, readonly DnsRecord[] | 'SERVFAIL' | 'REFUSED' | 'SILENT'>;
  /** All that was asked, oldest first. */
  readonly asked: readonly string[];
  askedTimes(question: string, times: number): Promise<void>;
  close(): Promise<void>;
}

const TYPES: { readonly [type: number]: string } = { 1: 'A', 28: 'AAAA', 33: 'SRV' };
const CODES = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
const HEADER_BYTES = 12;
/** What goes into one datagram; a longer answer is cut off there, and asked for again over TCP. */
const DATAGRAM_BYTES = 1232;

/** A name server on loopback that says what it is told to. A name that has only other types has no data. */
export async function scriptedDns(): Promise<ScriptedDns> {
  const socket = createSocket('udp4');
  const stream = createServer();
  const connections = new Set<Socket>();
  const zone: ScriptedDns['zone'] = new Map();
  const asked: string[] = [];
  const conditions = createConditions();
  const take = (query: Buffer): Buffer | null => {
    const { name, type, end } = readQuestion(query);
    const question = `${type} ${name}`;
    asked.push(question);
    const known = zone.get(question);
    const isName = [...zone.keys()].some((key) => key.endsWith(` ${name}`));
    const answer = known ?? (isName ? [] : 'NXDOMAIN');
    conditions.touch();
    return answer === 'SILENT' ? null : reply(query, end, answer);
  };
  socket.on('message', (query, { port, address }) => {
    const answer = take(query);
    if (answer !== null) socket.send(answer.length > DATAGRAM_BYTES ? cutOff(query) : answer, port, address);
  });
  stream.on('connection', (connection) => {
    let bytes = Buffer.alloc(0);
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => {});
    connection.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
        const end = 2 + bytes.readUInt16BE(0);
        const answer = take(bytes.subarray(2, end));
        bytes = bytes.subarray(end);
        if (answer === null) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        connection.write(Buffer.concat([length, answer]));
      }
    });
  });
  stream.listen(0, '127.0.0.1');
  await once(stream, 'listening');
  socket.bind((stream.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'listening');
  return {
    server: `127.0.0.1:${socket.address().port}`,
    zone,
    asked,
    askedTimes: (question, times) =>
      conditions.until(() => asked.filter((each) => each === question).length >= times),
    close: async () => {
      stream.close();
      for (const connection of connections) connection.destroy();
      await new Promise<void>((resolve) => socket.close(resolve));
    },
  };
}

/** The question alone, and the word (TC, 0x0200) that there is more. */
function cutOff(query: Buffer): Buffer {
  const { end } = readQuestion(query);
  const answer = reply(query, end, []);
  answer.writeUInt16BE(answer.readUInt16BE(2) | 0x0200, 2);
  return answer;
}

function readQuestion(query: Buffer): { name: string; type: string; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = query.readUInt16BE(at + 1);
  return { name: labels.join('.').toLowerCase(), type: TYPES[type] ?? `${type}`, end: at + 5 };
}

function reply(query: Buffer, end: number, answer: readonly DnsRecord[] | keyof typeof CODES): Buffer {
  const records = typeof answer === 'string' ? [] : answer;
  const header = Buffer.from(query.subarray(0, HEADER_BYTES));
  // An answer (0x8000), recursion asked for and to be had (0x0180), and the code.
  header.writeUInt16BE(0x8180 | (typeof answer === 'string' ? CODES[answer] : 0), 2);
  header.writeUInt16BE(records.length, 6);
  header.fill(0, 8);
  return Buffer.concat([header, query.subarray(HEADER_BYTES, end), ...records.map(recordBytes)]);
}

function recordBytes({ ttl, data }: DnsRecord): Buffer {
  const isSrv = typeof data !== 'string';
  const bytes = isSrv ? srvBytes(data) : addressBytes(data);
  const head = Buffer.alloc(12);
  // The name is the one of the question, which stands behind the header.
  head.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  head.writeUInt16BE(isSrv ? 33 : data.includes(':') ? 28 : 1, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
}

function srvBytes({ priority, weight, port, host }: Exclude<DnsRecord['data'], string>): Buffer {
  const numbers = Buffer.alloc(6);
  for (const [at, number] of [priority, weight, port].entries()) numbers.writeUInt16BE(number, 2 * at);
  const labels = host.split('.').filter((label) => label !== '');
  return Buffer.concat([
    numbers,
    ...labels.map((label) => Buffer.from(String.fromCharCode(label.length) + label, 'latin1')),
    Buffer.alloc(1),
  ]);
}

/** Groups written out: `fd00:0:0:0:0:0:0:1`, or with one `::`. */
function addressBytes(text: string): Buffer {
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number));
  const [left = [], right = []] = text
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

import test from 'ava';
import fc from 'fast-check';
import type { Connection } from '../../helpers/connection.ts';
import { EngineHarness, endpointAt } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { create, FORWARDED, fieldsOf, readHead } from './play-http.ts';

// Whatever is asked and answered, however it is framed, cut and delayed: both sides get the bytes that the other one sent.

interface Asked {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly body: number;
  readonly chunked: boolean;
  /** Another protocol is offered, which nobody takes. */
  readonly offers: boolean;
  readonly status: 200 | 204 | 304 | 500;
  readonly answer: number;
  readonly framing: 'length' | 'chunked' | 'close';
  /** The endpoint answers before it reads the body. */
  readonly early: boolean;
}

const size = fc.oneof(fc.constantFrom(0, 1, 2), fc.nat({ max: 300 }), fc.nat({ max: 90_000 }));
const asked: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT'),
  body: size,
  chunked: fc.boolean(),
  offers: fc.boolean(),
  status: fc.constantFrom(200, 200, 200, 204, 304, 500),
  answer: size,
  framing: fc.constantFrom('length', 'chunked', 'close'),
  early: fc.boolean(),
});
const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70_000 })), {
  minLength: 1,
  maxLength: 6,
});

/** Bytes that tell where they belong. */
function bytesOf(at: number, length: number): string {
  return `${at}`.repeat(length).slice(0, length);
}

function chunksOf(text: string, sizes: readonly number[]): string {
  let chunks = '';
  for (let at = 0, cut = 0; at < text.length; cut++) {
    const chunk = text.slice(at, at + Math.max(sizes[cut % sizes.length]!, Math.ceil(text.length / 50)));
    chunks += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
    at += chunk.length;
  }
  return `${chunks}0\r\n\r\n`;
}

/** Sends in these parts, and yields between them now and then. */
async function send(to: Connection, text: string, sizes: readonly number[]): Promise<void> {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0, cut = 0; at < bytes.length; cut++) {
    const length = Math.max(sizes[cut % sizes.length]!, Math.ceil(bytes.length / 50));
    to.write(bytes.subarray(at, at + length));
    at += length;
    if (cut % 2 === 0) await new Promise(setImmediate);
  }
}

async function readBody(from: Connection, head: string): Promise<string> {
  if (fieldsOf(head, 'Transfer-Encoding').length === 0)
    return from.readText(Number(fieldsOf(head, 'Content-Length')[0] ?? 0));
  for (let body = ''; ; ) {
    let line = '';
    while (!line.endsWith('\r\n')) line += await from.readText(1);
    const chunk = await from.readText(Number.parseInt(line, 16) + 2);
    if (chunk === '\r\n') return body;
    body += chunk.slice(0, -2);
  }
}

function requestOf({ method, body, chunked, offers }: Asked, at: number, sizes: readonly number[]): string {
  const text = bytesOf(at, body);
  const offer = offers ? 'Connection: Upgrade\r\nUpgrade: h2c\r\n' : '';
  const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body}`;
  return `${method} /${at} HTTP/1.1\r\nHost: a\r\n${offer}${framing}\r\n\r\n${chunked ? chunksOf(text, sizes) : text}`;
}

const hasBody = ({ method, status }: Asked) => method !== 'HEAD' && status !== 204 && status !== 304;

function answerOf(each: Asked, at: number, sizes: readonly number[]): string {
  const text = bytesOf(at, each.answer);
  const fields = {
    length: `Content-Length: ${each.answer}\r\n`,
    chunked: 'Transfer-Encoding: chunked\r\n',
    close: '',
  }[each.framing];
  const body = each.framing === 'chunked' ? chunksOf(text, sizes) : text;
  return `HTTP/1.1 ${each.status} Any\r\nX-At: ${at}\r\n${fields}\r\n${hasBody(each) ? body : ''}`;
}

test('both sides receive what the other one sent, however it is framed, split and delayed', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(asked, { minLength: 1, maxLength: 5 }),
      cuts,
      fc.constantFrom('safe', 'always', 'never'),
      async (requests, sizes, reuse) => {
        const endpoint = await ScriptedEndpoint.start();
        const heard: string[] = [];
        let heardAll = () => {};
        const hearing = new Promise<void>((resolve) => {
          heardAll = resolve;
        });
        let unheard = requests.length;
        const serve = async (served: Connection): Promise<void> => {
          for (;;) {
            const head = await readHead(served);
            const at = Number(/ \/(\d+) /.exec(head)![1]);
            const each = requests[at]!;
            const answer = answerOf(each, at, sizes);
            const closes = hasBody(each) && each.framing === 'close';
            // Where the end of the stream is the end of the answer it comes when the request is read.
            if (each.early && !closes) await send(served, answer, sizes);
            heard[at] = await readBody(served, head);
            unheard--;
            if (unheard === 0) heardAll();
            if (!each.early || closes) await send(served, answer, sizes);
            if (closes) {
              served.end();
              return;
            }
          }
        };
        const accept = async (): Promise<void> => {
          const served = await endpoint.accept();
          void accept();
          // It ends when its connection does.
          await serve(served).catch(() => {});
        };
        accept().catch(() => {});
        const harness = await EngineHarness.start(create, {
          ...FORWARDED,
          reuse,
          endpoints: [endpointAt(endpoint.port)],
        });
        const client = await harness.connect({ noDelay: true });
        const sending = send(client, requests.map((each, at) => requestOf(each, at, sizes)).join(''), sizes);
        for (const [at, each] of requests.entries()) {
          const head = await readHead(client);
          t.deepEqual([fieldsOf(head, 'X-At')[0], head.slice(9, 12)], [`${at}`, `${each.status}`]);
          const body = hasBody(each) ? await readBody(client, head) : '';
          if (body !== (hasBody(each) ? bytesOf(at, each.answer) : ''))
            t.fail(`answer ${at} of ${body.length} bytes`);
        }
        await sending;
        client.end();
        t.is(await client.ending, 'fin');
        t.is((await harness.record()).reason, 'client_closed');
        // A body that was answered early may arrive later than its answer.
        await hearing;
        await harness.stop();
        await endpoint.stop();
        for (const [at, each] of requests.entries())
          if (heard[at] !== bytesOf(at, each.body)) t.fail(`request ${at} of ${heard[at]?.length} bytes`);
      },
    ),
    { numRuns: 40 },
  );
});

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Owner } from '../helpers/peer-owner.ts';

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A server that answers requests with what they were, and echoes the short text frames of a WebSocket. */
export async function startEcho(owner: Owner): Promise<{ readonly port: number }> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (text: string) => {
      body += text;
    });
    response.setHeader('X-Seen', `${request.headers['x-forwarded-for']}`);
    request.on('end', () => response.end(`${request.method} ${request.url} ${body}`));
  });
  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}${GUID}`)
      .digest('base64');
    socket.write(
      [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${accept}`,
        `X-Seen: ${request.headers['x-forwarded-for']}`,
        '\r\n',
      ].join('\r\n'),
    );
    socket.on('error', () => {});
    // One masked frame of at most 125 bytes (§5.2): two bytes, four of the mask, the text.
    socket.on('data', (frame: Buffer) => {
      const text = frame.subarray(6).map((byte, at) => byte ^ frame[2 + (at & 3)]!);
      socket.write(Buffer.concat([Buffer.of(0x81, text.length), text]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  owner.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port };
}

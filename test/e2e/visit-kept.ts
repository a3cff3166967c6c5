import { Connection } from '../helpers/connection.ts';

/** Asks for these paths over one connection, one after the other, and returns the heads of the answers; `more` is fields for each. */
export async function askKept(
  port: number,
  localAddress: string,
  paths: readonly string[],
  more = '',
): Promise<string[]> {
  const client = await Connection.to({ host: '127.0.0.1', port, localAddress });
  const heads: string[] = [];
  try {
    for (const path of paths) {
      client.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`);
      let head = '';
      while (!head.endsWith('\r\n\r\n')) head += await client.readText(1);
      await client.read(Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0));
      heads.push(head);
    }
    return heads;
  } finally {
    client.destroy();
  }
}

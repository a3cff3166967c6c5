import type { Readable } from 'node:stream';

/** The lines of a stream without their ends (LF or CRLF). Throws where one is longer than `maxChars`. */
export async function* readLines(input: Readable, maxChars: number): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield line.replace(/\r$/, '');
    if (rest.length > maxChars) throw new Error(`a line of more than ${maxChars} characters`);
  }
  if (rest !== '') yield rest;
}

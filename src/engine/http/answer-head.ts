import { fieldKind, withoutListed } from './field-kinds.ts';

/**
 * The fields of an endpoint's answer that go on, names and values in turn; null where nobody can say where the
 * answer ends. Node's client has read its framing already, and Node's server writes the client's own. `chunked`:
 * the client can be sent trailers.
 */
export function answerFields(status: number, raw: readonly string[], chunked: boolean): string[] | null {
  const passed: string[] = [];
  const connection: string[] = [];
  let length = false;
  const announced: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    const value = raw[at + 1]!;
    switch (fieldKind(name.toLowerCase())) {
      case 'connection':
        connection.push(value);
        break;
      case 'coding':
        if (value.toLowerCase() !== 'chunked') return null;
        break;
      case 'trailer':
        announced.push(name, value);
        break;
      case 'length':
        // RFC 9110 §8.6: whoever believed it would take the next answer for this one's body.
        if (status < 200 || status === 204) break;
        length = true;
        passed.push(name, value);
        break;
      case 'hop':
      case 'te':
      case 'upgrade':
        break;
      default:
        passed.push(name, value);
    }
  }
  // Node refuses to announce trailers that can't follow.
  if (chunked && !length) passed.push(...announced);
  return connection.length === 0 ? passed : withoutListed(passed, connection);
}

/** The head of an interim answer, or of one that changes the protocol, as text. */
export function interimHead(status: number, message: string, fields: readonly string[]): string {
  let head = `HTTP/1.1 ${status} ${message}\r\n`;
  for (let at = 0; at < fields.length; at += 2) head += `${fields[at]}: ${fields[at + 1]}\r\n`;
  return `${head}\r\n`;
}

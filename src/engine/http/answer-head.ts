import { fieldKind, withoutListed } from './field-kinds.ts';

/**
 * The fields of an endpoint's answer that are passed on, names and values in turn. Its framing fields are left out, because Node's
 * server writes those for the client. `trailers`: whether the client can receive trailers.
 */
export function answerFields(status: number, raw: readonly string[], trailers: boolean): string[] {
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
      case 'trailer':
        announced.push(name, value);
        break;
      case 'length':
        // RFC 9110 §8.6: a recipient that believed it would take the next answer for this one's body. Repeated equal values are merged.
        if (status < 200 || status === 204 || length) break;
        length = true;
        passed.push(name, value.split(',')[0]!.trim());
        break;
      case 'coding':
      case 'hop':
      case 'te':
      case 'upgrade':
        break;
      default:
        passed.push(name, value);
    }
  }
  // Node refuses to announce trailers that cannot follow.
  if (trailers && !length) passed.push(...announced);
  return connection.length === 0 ? passed : withoutListed(passed, connection);
}

/** The head of an interim answer, or of one that changes the protocol, as text. */
export function interimHead(status: number, reason: string, fields: readonly string[]): string {
  let head = `HTTP/1.1 ${status} ${reason}\r\n`;
  for (let at = 0; at < fields.length; at += 2) head += `${fields[at]}: ${fields[at + 1]}\r\n`;
  return `${head}\r\n`;
}

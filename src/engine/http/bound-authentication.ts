/**
 * Schemes that authenticate the connection and not the request (RFC 4559 §6, MS-NTHT): the endpoint takes later requests on the
 * connection for those of the same client.
 */
const SCHEMES = 'ntlm|negotiate|nego2|kerberos';
const OFFERED = new RegExp(`(?:^|[,\\s])(?:${SCHEMES})(?![\\w-])`, 'i');
const CHOSEN = new RegExp(`^\\s*(?:${SCHEMES})(?![\\w-])`, 'i');

/** Whether a field of a request or an answer, its name in lower case, binds the connection to its client. */
export function bindsConnection(name: string, value: string): boolean {
  switch (name) {
    case 'authorization':
    case 'proxy-authorization':
      return CHOSEN.test(value);
    case 'www-authenticate':
    case 'proxy-authenticate':
      // Several challenges may share one field. A match inside a quoted string only costs a connection.
      return OFFERED.test(value);
    default:
      return false;
  }
}

/** Whether any field of an answer binds it. `fields` are names and values in turn. */
export function bindsClient(fields: readonly string[]): boolean {
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at]!.length < 16) continue;
    if (bindsConnection(fields[at]!.toLowerCase(), fields[at + 1]!)) return true;
  }
  return false;
}

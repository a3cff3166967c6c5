/**
 * Schemes that authenticate the connection and not the request (RFC 4559 §6, MS-NTHT): the endpoint takes whoever asks next over the
 * connection for the same client.
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

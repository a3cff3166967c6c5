/**
 * Schemes that authenticate the connection and not the request (RFC 4559 §6, MS-NTHT): whoever asks over it next is taken for
 * the same client.
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
      // Several challenges may share one field; a word of a quoted string costs a connection, and no more.
      return OFFERED.test(value);
    default:
      return false;
  }
}

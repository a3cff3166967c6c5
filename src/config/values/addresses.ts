import {
  type ParsedAddress,
  parseAddress,
  parsePort,
  type TcpAddress,
} from '../../address/socket-address.ts';
import type { ListenName } from '../config.ts';
import { showValue } from '../show-value.ts';
import { accept, type ParsedValue, refuse, refuseWithHint, type ValueType } from '../value-type.ts';

const EXPECTED = 'an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/herald.sock';

const LISTEN_EXPECTED =
  'an address such as 127.0.0.1:8080, [::1]:8080, :8080, unix:/run/herald.sock or systemd:NAME';

/** FileDescriptorName= of systemd.socket(5): ASCII without control characters and `:`. */
const SYSTEMD_NAME = /^[ -9;-~]{1,255}$/;

const SYSTEMD = 'systemd:';

/** An address to listen on, or a socket that systemd passes. */
export const listenName: ValueType<ListenName, string> = {
  arity: 'one',
  values: 'ADDR or `systemd:NAME`',
  expected: LISTEN_EXPECTED,
  file: { kind: 'text' },
  parse: ([text = '']) => {
    if (!text.startsWith(SYSTEMD)) return readListen(text, LISTEN_EXPECTED);
    const name = text.slice(SYSTEMD.length);
    if (SYSTEMD_NAME.test(name)) return accept({ kind: 'systemd', name });
    const expected =
      'systemd:NAME with the FileDescriptorName= of a socket unit: 1 to 255 characters of ASCII without ":"';
    return refuse('invalid_systemd_name', expected, text);
  },
};

/** An address to listen on; port 0 takes a free port. */
export const address: ValueType<ParsedAddress, string> = {
  arity: 'one',
  values: 'ADDR',
  expected: EXPECTED,
  file: { kind: 'text' },
  parse: ([text = '']) => readListen(text, EXPECTED),
};

const TCP_EXPECTED = 'an address with a port, such as :9467, 10.0.0.1:9467 or [fd00::1]:9467';

/** An address to listen on that others dial, so that it is of TCP and has a fixed port. */
export const tcpAddress: ValueType<TcpAddress, string> = {
  arity: 'one',
  values: 'ADDR',
  expected: TCP_EXPECTED,
  file: { kind: 'text' },
  parse: ([text = '']) => {
    const parsed = readListen(text, TCP_EXPECTED);
    if (!('value' in parsed)) return parsed;
    const { value } = parsed;
    return value.kind === 'tcp' && value.port > 0
      ? accept(value)
      : refuse('invalid_address', TCP_EXPECTED, text);
  },
};

/** An ops address, or `none`. */
export const addressOrNone: ValueType<ParsedAddress | null, string | false> = {
  arity: 'one',
  values: 'ADDR or `none`',
  expected: `${EXPECTED}, or none`,
  file: { kind: 'text', none: true },
  parse: ([text = '']) => (text === 'none' ? accept(null) : readListen(text, `${EXPECTED}, or none`)),
};

/** A port alone probably means all addresses. */
function readListen(text: string, expected: string): ParsedValue<ParsedAddress> {
  return parsePort(text) === undefined
    ? readAddress(text, expected)
    : refuseWithHint('invalid_address', expected, text, `:${text}`);
}

/** One ADDR. A scheme reserved for a later version gets a message of its own. */
export function readAddress(text: string, expected: string): ParsedValue<ParsedAddress> {
  const later = laterScheme(text);
  if (later !== undefined) return refuse('not_in_this_version', expected, text, later);
  if (text.startsWith(SYSTEMD)) {
    const message = `${showValue(text)} is a socket that systemd passes, which only a listener can use: expected ${expected}`;
    return refuse('systemd_not_here', expected, text, message);
  }
  const scheme = /^(?!unix:)[a-z][a-z\d+.-]*:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) {
    const message = `expected host:port, without ${scheme} and a path, got ${showValue(text)}`;
    return refuse('invalid_address', expected, text, message);
  }
  const parsed = parseAddress(text);
  if (!('problem' in parsed)) return accept(parsed);
  return refuse('invalid_address', expected, text, parsed.problem);
}

/** Schemes of ADDR that are reserved for a later version, and the feature they belong to. */
const LATER_SCHEMES: { readonly [scheme: string]: string } = {
  'udp:': 'UDP',
};

/** The message for an address with a reserved scheme; undefined for all others. */
export function laterScheme(address: string): string | undefined {
  const found = Object.entries(LATER_SCHEMES).find(([scheme]) => address.startsWith(scheme));
  if (found === undefined) return undefined;
  return `${JSON.stringify(address)} is not in this version of Herald: it comes with ${found[1]}`;
}

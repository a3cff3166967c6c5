import { type ParsedAddress, parsePort } from '../../address/socket-address.ts';
import type { Destination, EndpointName, SourceName } from '../config.ts';
import {
  accept,
  type ParsedValue,
  parseList,
  refuse,
  refuseWithHint,
  type ValueType,
  type WrittenDestination,
} from '../value-type.ts';
import { readAddress } from './addresses.ts';

const ENDPOINT =
  'an endpoint such as 10.0.0.5:8080, [fd00::5]:8080 or unix:/run/app.sock, or k8s:namespace/service:port, dns:name:port, srv:name';

/** Endpoints: addresses with host and port, and sources of such. Weights and backups are options of their own, except in a file. */
export const endpoints: ValueType<readonly Destination[], string | readonly (string | WrittenDestination)[]> =
  {
    arity: 'list',
    values: 'ENDPOINTS',
    expected: ENDPOINT,
    file: { kind: 'destinations' },
    parse: (texts) => {
      const seen = new Set<string>();
      return parseList(texts, (text): ParsedValue<Destination> => {
        // Twice in a pool, it would be one endpoint with two failure counters.
        if (seen.has(text)) return refuse('duplicate_endpoint', 'each endpoint once', text);
        seen.add(text);
        const name = readEndpointName(text);
        return 'value' in name ? accept({ name: name.value, weight: 1, backup: false }) : name;
      });
    },
  };

function readEndpointName(text: string): ParsedValue<EndpointName> {
  if (namesSource(text)) return readSourceName(text, true);
  const meant = dnsMeant(text, true);
  if (meant !== undefined) return refuseWithHint('invalid_address', 'an IP address', text, meant);
  return readEndpoint(text, ENDPOINT);
}

/** An address that can be dialed: host and port, or a unix socket. */
export function readEndpoint(text: string, expected: string): ParsedValue<ParsedAddress> {
  const parsed = readAddress(text, expected);
  if (!('value' in parsed) || parsed.value.kind === 'unix') return parsed;
  if (parsed.value.ip === null)
    return refuse('endpoint_without_host', 'a host before the port, such as 127.0.0.1:80', text);
  if (parsed.value.port === 0)
    return refuse('endpoint_without_port', 'a port that can be dialed, 1 to 65535', text);
  return accept(parsed.value);
}

/** A Kubernetes name (RFC 1123), also of a port. */
const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** A DNS name, with underscores as in `_https._tcp`; a final dot makes it absolute. */
const HOST = /^(?=.{1,254}$)[A-Za-z0-9_](?:[-A-Za-z0-9_]{0,62})(?:\.[A-Za-z0-9_][-A-Za-z0-9_]{0,62})*\.?$/;

const KUBERNETES = 'k8s:namespace/service:port, such as k8s:shop/web:https';
const DNS = 'dns:name:port, such as dns:web.example:80';
const SRV = 'srv:name, such as srv:_https._tcp.web.example';

/** The instances of a gateway, for its own listeners: as hops, and as peers that are trusted. */
export const INSTANCES = 'gateway:instances';

/** `readSourceName`, and `INSTANCES` besides. */
export function readPeerSource(text: string, needsPort: boolean): ParsedValue<SourceName> {
  return text === INSTANCES ? accept({ kind: 'instances', text }) : readSourceName(text, needsPort);
}

/** True if the text has the scheme of a source, valid or not. */
export function namesSource(text: string): boolean {
  return /^(?:k8s|dns|srv|gateway):/.test(text);
}

/** The text with `dns:` in front, if it is a DNS name without it; `localhost` is an address. */
export function dnsMeant(text: string, needsPort: boolean): string | undefined {
  const parsed = readDns(`dns:${text}`, text, needsPort);
  if (!('value' in parsed) || parsed.value.kind !== 'dns') return undefined;
  const { host } = parsed.value;
  return /[a-z]/i.test(host) && host !== 'localhost' ? parsed.value.text : undefined;
}

/** Parses `k8s:`, `dns:` or `srv:`. The port is optional if only addresses are wanted (`--trust`). */
export function readSourceName(text: string, needsPort: boolean): ParsedValue<SourceName> {
  if (text.startsWith('gateway:')) {
    if (text !== INSTANCES) return refuse('invalid_source', INSTANCES, text);
    const message = `${INSTANCES} can only be in --hops and --trust of a gateway's own listeners`;
    return refuse('instances_not_here', KUBERNETES, text, message);
  }
  const rest = text.slice(4);
  switch (text.slice(0, 4)) {
    case 'k8s:':
      return readKubernetes(text, rest, needsPort);
    case 'dns:':
      return readDns(text, rest, needsPort);
    default:
      return HOST.test(rest) ? accept({ kind: 'srv', text, host: rest }) : refuse('invalid_srv', SRV, text);
  }
}

function readKubernetes(text: string, rest: string, needsPort: boolean): ParsedValue<SourceName> {
  const parts = /^(?:([^/:]*)\/)?([^/:]*)(?::([^/:]*))?$/.exec(rest);
  const [, namespace = null, service = '', port] = parts ?? [];
  const named = (name: string) => LABEL.test(name);
  const portGood = port === undefined ? !needsPort : isPort(port);
  if (!named(service) || (namespace !== null && !named(namespace)) || !portGood)
    return refuse('invalid_service', KUBERNETES, text);
  return accept({ kind: 'k8s', text, namespace, service, port: port ?? '' });
}

/** A port's name has a letter, so it is never mistaken for a number. */
function isPort(port: string): boolean {
  if (/^\d+$/.test(port)) return (parsePort(port) ?? 0) > 0;
  return LABEL.test(port) && port.length <= 63;
}

function readDns(text: string, rest: string, needsPort: boolean): ParsedValue<SourceName> {
  const colon = rest.lastIndexOf(':');
  const host = colon < 0 ? rest : rest.slice(0, colon);
  const port = colon < 0 ? (needsPort ? undefined : 0) : parsePort(rest.slice(colon + 1)) || undefined;
  if (!HOST.test(host) || port === undefined) return refuse('invalid_dns', DNS, text);
  return accept({ kind: 'dns', text, host, port });
}

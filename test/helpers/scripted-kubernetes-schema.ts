import { isIP } from 'node:net';
import type { ApiObject } from './kubernetes-objects.ts';
import { type Fields, isFields } from './scripted-kubernetes-fields.ts';

// What an API server refuses of the objects that Herald writes, with 422: statuses, Events and Leases.

const REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const MAX_MESSAGE = 32_768;
const MAX_EVENT_MESSAGE = 1024;

/** Sentences of what is wrong. */
export function problemsOf(object: ApiObject): string[] {
  const status = isFields(object.status) ? object.status : {};
  switch (object.kind) {
    case 'Service':
      return listOf(isFields(status.loadBalancer) ? status.loadBalancer.ingress : []).flatMap(ofIngress);
    case 'GatewayClass':
      return ofConditions(status.conditions, 'status.conditions');
    case 'Gateway':
      return [
        ...ofConditions(status.conditions, 'status.conditions'),
        ...listOf(status.listeners).flatMap(ofListener),
        ...listOf(status.addresses).flatMap(ofAddress),
      ];
    case 'TCPRoute':
    case 'TLSRoute':
    case 'UDPRoute':
      return listOf(status.parents).flatMap(ofParent);
    case 'Event':
      return ofEvent(object);
    case 'Lease':
      return ofLease(object);
    default:
      return [];
  }
}

function ofIngress({ ip, hostname, ipMode, ports }: Fields, at: number): string[] {
  const place = `status.loadBalancer.ingress[${at}]`;
  return [
    ...require(ip === undefined || isIP(`${ip}`) > 0, `${place}.ip: must be an IP address`),
    ...require(ipMode === undefined || ip !== undefined, `${place}.ipMode: may not be set without ip`),
    ...require(ipMode === undefined ||
      ['VIP', 'Proxy'].includes(`${ipMode}`), `${place}.ipMode: unsupported`),
    ...require(hostname === undefined || isIP(`${hostname}`) === 0, `${place}.hostname: must be a DNS name`),
    ...listOf(ports).flatMap(({ port, protocol, error }) => [
      ...require(Number.isInteger(port) &&
        ['TCP', 'UDP', 'SCTP'].includes(`${protocol}`), `${place}.ports: invalid`),
      ...require(error === undefined ||
        /^([a-z0-9.-]+\/)?[A-Za-z0-9][-A-Za-z0-9_.]*$/.test(
          `${error}`,
        ), `${place}.ports.error: must be a CamelCase name`),
    ]),
  ];
}

function ofConditions(value: unknown, place: string): string[] {
  const types = listOf(value).map(({ type }) => type);
  return [
    ...require(new Set(types).size === types.length, `${place}: two of one type`),
    ...require(types.length <= 8, `${place}: too many`),
    ...listOf(value).flatMap(({ type, status, reason, message, lastTransitionTime, observedGeneration }) => [
      ...require(typeof type === 'string' && type !== '', `${place}.type: Required value`),
      ...require(['True', 'False', 'Unknown'].includes(`${status}`), `${place}.status: unsupported`),
      ...require(REASON.test(`${reason ?? ''}`), `${place}.reason: must be a CamelCase name`),
      ...require(typeof message === 'string' && message.length <= MAX_MESSAGE, `${place}.message: invalid`),
      ...require(isTime(lastTransitionTime), `${place}.lastTransitionTime: must be a time`),
      ...require(observedGeneration === undefined ||
        Number.isInteger(observedGeneration), `${place}.observedGeneration: must be a number`),
    ]),
  ];
}

function ofListener({ name, attachedRoutes, conditions, supportedKinds }: Fields): string[] {
  const place = `status.listeners[${name}]`;
  return [
    ...require(typeof name === 'string' && name !== '', `${place}.name: Required value`),
    ...require(Number.isInteger(attachedRoutes), `${place}.attachedRoutes: Required value`),
    ...require(Array.isArray(conditions), `${place}.conditions: Required value`),
    ...ofConditions(conditions, `${place}.conditions`),
    ...listOf(supportedKinds).flatMap(({ kind }) =>
      require(typeof kind === 'string' && kind !== '', `${place}.supportedKinds.kind: Required value`),
    ),
  ];
}

function ofAddress({ type = 'IPAddress', value }: Fields): string[] {
  return [
    ...require(typeof value === 'string' && value !== '', 'status.addresses.value: Required value'),
    ...require(type !== 'IPAddress' || isIP(`${value}`) > 0, 'status.addresses.value: must be an IP address'),
  ];
}

function ofParent({ parentRef, controllerName, conditions }: Fields): string[] {
  return [
    ...require(isFields(parentRef) &&
      typeof parentRef.name === 'string', 'status.parents.parentRef.name: Required value'),
    ...require(/^[a-z0-9.-]+\/[\w/.~-]+$/.test(
      `${controllerName ?? ''}`,
    ), 'status.parents.controllerName: invalid'),
    ...require(Array.isArray(conditions) &&
      conditions.length > 0, 'status.parents.conditions: Required value'),
    ...ofConditions(conditions, 'status.parents.conditions'),
  ];
}

/** Of core/v1 its place alone is checked, of events.k8s.io/v1 every field. */
function ofEvent({ apiVersion, metadata, ...event }: ApiObject): string[] {
  const about = (event.involvedObject ?? event.regarding) as Fields | undefined;
  const place = about?.namespace || 'default';
  const isNew = apiVersion.startsWith('events.k8s.io/');
  const text = `${event.note ?? event.message ?? ''}`;
  return [
    ...require(about !== undefined, 'involvedObject: Required value'),
    ...require(metadata.namespace === place, 'involvedObject.namespace: does not match event.namespace'),
    ...require(text.length <= MAX_EVENT_MESSAGE, 'message: can have at most 1024 bytes'),
    ...require(REASON.test(`${event.reason ?? ''}`), 'reason: Required value'),
    ...require(['Normal', 'Warning'].includes(`${event.type}`), 'type: unsupported'),
    ...require(!isNew || isTime(event.eventTime), 'eventTime: Required value'),
    ...['reportingController', 'reportingInstance', 'action'].flatMap((name) =>
      require(!isNew || (typeof event[name] === 'string' && event[name] !== ''), `${name}: Required value`),
    ),
  ];
}

function ofLease({ spec }: ApiObject): string[] {
  const { holderIdentity, leaseDurationSeconds, renewTime, acquireTime } = isFields(spec) ? spec : {};
  const isMicroTime = (value: unknown) =>
    value == null || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(`${value}`);
  return [
    ...require(holderIdentity == null ||
      typeof holderIdentity === 'string', 'spec.holderIdentity: must be a string'),
    ...require(leaseDurationSeconds == null ||
      Number(leaseDurationSeconds) > 0, 'spec.leaseDurationSeconds: invalid'),
    ...require(isMicroTime(renewTime) &&
      isMicroTime(acquireTime), 'spec: a time needs six digits of a second'),
  ];
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value : [];
}

function require(holds: boolean, problem: string): readonly string[] {
  return holds ? [] : [problem];
}

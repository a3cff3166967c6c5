import type { ConfigProblem } from './config-error.ts';
import { type ListenerDraft, nameOf } from './setting.ts';
import { showValue } from './show-value.ts';
import { INSTANCES } from './values/endpoints.ts';
import { coversEveryone } from './values/ranges.ts';
import { withoutEffect } from './without-effect.ts';

/** Checks the options that go with `present: transparent`. */
export function checkTransparent(draft: ListenerDraft): ConfigProblem[] {
  const { values, settings, place } = draft;
  const { present, to, allowLocalClients } = values;
  if (present === undefined) return [];
  if (present !== 'transparent') {
    return withoutEffect(draft, ['allowLocalClients', 'hops'], 'present', `is ${present}`);
  }
  const problems = withoutEffect(
    draft,
    ['dialFrom'],
    'present',
    'is transparent: endpoints are dialed from the address of the client',
  );
  if (to?.some(({ name }) => name?.kind === 'unix')) {
    const expected = 'endpoints with an address, such as 127.0.0.1:80 or k8s:shop/web:80';
    const message = `${nameOf('present', 'to', draft)} is transparent, and a client has no address on a unix socket: expected ${expected}`;
    const got = showValue(settings.get('to')?.texts.join(','));
    problems.push({ code: 'endpoint_not_ip', option: place('to'), expected, got, message });
  }
  if (coversEveryone(allowLocalClients ?? [])) {
    const expected = 'addresses of this host one by one, not all addresses';
    const got = showValue(settings.get('allowLocalClients')?.texts.join(','));
    problems.push({ code: 'opens_all', option: place('allowLocalClients'), expected, got });
  }
  return problems;
}

/** Checks `hops`: the hop of an endpoint is found by its node, and only endpoints of a Service have one. */
export function checkHops(draft: ListenerDraft): ConfigProblem[] {
  const { hops, present, to, balance } = draft.values;
  if (hops === undefined || hops === null || present !== 'transparent' || balance === 'named') return [];
  if (to === undefined || to.some(({ name }) => name?.kind === 'k8s')) return [];
  const expected = `k8s:namespace/service:port in ${nameOf('to', 'hops', draft)}`;
  const message = `needs ${expected}, since other endpoints have no node`;
  return [
    { code: 'needs_service', option: draft.place('hops'), expected, got: showValue(hops.text), message },
  ];
}

/** Checks the options that go with `balance: named`. */
export function checkNamed(draft: ListenerDraft): ConfigProblem[] {
  const { balance, present, acceptProxy, proxyHeader, affinity, trafficPolicy } = draft.values;
  if (balance !== 'named') return [];
  const problems: ConfigProblem[] = [];
  const needs = (key: string, value: string, why: string) => {
    const expected = `${nameOf(key, 'balance', draft)} ${value}`;
    const message = `named needs ${expected}, since ${why}`;
    problems.push({ code: 'named_needs', option: draft.place('balance'), expected, got: '"named"', message });
  };
  if (present !== undefined && present !== 'transparent') {
    needs('present', 'transparent', 'only then do other Heralds name endpoints');
  }
  const byHeader = 'the header names the endpoint';
  if (acceptProxy === 'none' || acceptProxy === 'v1') needs('acceptProxy', 'v2 or any', byHeader);
  else if (proxyHeader === 'optional') needs('proxyHeader', 'required', byHeader);
  const idle = [
    'headerless',
    ...['weight', 'backup', 'hops'],
    ...(affinity === undefined || affinity.kind === 'none' ? [] : ['affinity']),
  ];
  problems.push(...withoutEffect(draft, idle, 'balance', `is named: ${byHeader}`));
  if (trafficPolicy === 'PreferLocal' || trafficPolicy === 'service') {
    problems.push(
      ...withoutEffect(draft, ['trafficPolicy'], 'balance', 'is named: only endpoints of this node are used'),
    );
  }
  return problems;
}

/** `gateway:instances` was written in a flag or a file: only the listeners that a gateway makes itself may name it. */
export function instancesNotHere(option: string): ConfigProblem {
  const message = `${INSTANCES} is known to the listeners of herald gateway only`;
  const expected = 'k8s:namespace/service:port';
  return { code: 'no_gateway', option, expected, got: showValue(INSTANCES), message };
}

import { formatIp, parseIp } from '../../address/ip.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import { listOf, objectOf, textOf } from './json.ts';

/** An object of the API → the addresses of the Pod, in canonical form. A Pod that has ended, or has the node's, has none. */
export function readPodIps(value: unknown): readonly string[] {
  const { spec, status } = objectOf(value);
  const { phase, podIP, podIPs } = objectOf(status);
  if (phase === 'Succeeded' || phase === 'Failed' || objectOf(spec).hostNetwork === true) return [];
  const texts = [podIP, ...listOf(podIPs).map((each) => objectOf(each).ip)];
  const ips = texts.flatMap((each) => {
    const ip = parseIp(textOf(each) ?? '');
    return ip === undefined ? [] : formatIp(unmapped(ip));
  });
  return [...new Set(ips)];
}

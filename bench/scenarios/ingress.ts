import type { Scenario } from '../scenario.ts';
import { CONCURRENT, measureShort, ROUND_MS, SHORT, warmUp } from './short.ts';

/** In front of an application: clients send a header, and none reaches the endpoint. */
export function ingress(version: 'v1' | 'v2'): Scenario {
  return {
    ...SHORT,
    id: `ingress-${version}`,
    title: `Ingress: headers of version ${version === 'v1' ? 1 : 2} taken off`,
    text:
      `A round is ${ROUND_MS} ms of short connections, ${CONCURRENT} at once, whose clients send a ${version} header ` +
      'and their request together; the endpoint sees only the request.',
    accepts: version,
    presents: false,
    rounds: 9,
    quickRounds: 1,
    warmUp: (subject) => warmUp(subject, { send: version }),
    measure: (subject) => measureShort(subject, { send: version }),
  };
}

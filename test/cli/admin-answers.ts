// Answers of the admin address for each command, with the tables that are shown.

const ENDPOINT = {
  fails: 0,
  lastFailure: null,
  failing: false,
  node: null,
  zone: null,
  ready: true,
  serving: true,
  terminating: false,
};

/** A terminal shows local time: that of the three refusals, without seconds. */
const TIMES = [0, 1, 2].map((second) => {
  const at = new Date(Date.UTC(2026, 0, 1, 0, 0, second));
  const two = (part: number) => String(part).padStart(2, '0');
  return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
});

/** Of one that has failed a good while. */
const FAILED = {
  ejected: false,
  fails: 61,
  lastFailure: { reason: 'connect_refused', at: '2026-01-01T00:00:00.000Z', ms: 61_000 },
};

/** What a Herald answers, the table that an operator sees, and the one on a terminal of 80 columns. */
export const COMMANDS = [
  {
    name: 'status',
    answer: {
      version: '0.1.0',
      pid: 4242,
      uptimeSeconds: 192.5,
      state: 'draining',
      engine: 'net',
      listeners: [
        {
          name: 'web',
          address: ':443',
          present: 'v2',
          expect: 'none',
          sessions: 3,
          limit: 8000,
          opened: 12,
          refused: 0,
          failed: 566,
          lastError: { reason: 'connect_refused', at: '2026-01-01T00:00:00.000Z', ms: 3400 },
        },
        {
          name: 'mail',
          address: '10.0.0.1:25',
          present: 'v1',
          expect: 'any',
          sessions: 0,
          limit: 1,
          opened: 5,
          refused: 99,
          failed: 0,
          lastError: null,
        },
      ],
    },
    table: [
      'herald 0.1.0, draining, up 3m12s, engine net, process 4242',
      '',
      'LISTENER  ADDRESS      EXPECT  PRESENT  SESSIONS  LIMIT  OPENED  REFUSED  FAILED  LAST ERROR',
      'web       :443         none    v2              3   8000      12        0     566  connect_refused, 3s ago',
      'mail      10.0.0.1:25  any     v1              0      1       5       99       0  -',
    ],
    narrow: [
      'herald 0.1.0, draining, up 3m12s, engine net, process 4242',
      '',
      'LISTENER  EXPECT/PRESENT  SESSIONS  OPENED  REFUSED  FAILED  LAST ERROR',
      'web       none/v2                3      12        0     566  connect_refused, 3s',
      'mail      any/v1                 0       5       99       0  -',
      '',
      'The terminal is too narrow for LIMIT, ADDRESS; --json has all.',
    ],
  },
  {
    name: 'endpoints',
    answer: {
      pools: [
        {
          listener: 'web',
          source: 'static',
          policy: 'Cluster',
          node: null,
          zone: null,
          synced: true,
          endpoints: [
            { ...ENDPOINT, address: '10.0.0.5:443', usable: true, failing: true, sessions: 3, ...FAILED },
            {
              ...ENDPOINT,
              address: '10.0.0.6:443',
              node: 'node-a',
              zone: 'eu-1a',
              usable: false,
              ejected: true,
              down: true,
              fails: 5,
              lastFailure: { reason: 'connect_timeout', at: '2026-01-01T00:00:00.000Z', ms: 450 },
              sessions: 0,
            },
            { ...ENDPOINT, address: '10.0.0.7:443', usable: false, ejected: false, sessions: 1 },
            {
              ...ENDPOINT,
              ready: false,
              address: '10.0.0.8:443',
              usable: false,
              ejected: false,
              sessions: 0,
            },
            {
              ...ENDPOINT,
              ready: false,
              terminating: true,
              address: '10.0.0.9:443',
              usable: false,
              ejected: false,
              sessions: 2,
            },
            {
              ...ENDPOINT,
              terminating: true,
              address: '10.0.1.0:443',
              usable: true,
              ejected: false,
              sessions: 0,
            },
          ],
        },
        {
          listener: 'a',
          source: 'k8s:a',
          policy: 'Local',
          node: null,
          zone: null,
          synced: true,
          endpoints: [],
        },
        {
          listener: 'b',
          source: 'k8s:b,10.0.0.1:443,10.0.0.2:443,dns:c',
          policy: 'Local',
          node: null,
          zone: null,
          synced: false,
          endpoints: [],
        },
      ],
    },
    table: [
      'LISTENER  SOURCE                         POLICY   ENDPOINT      STATE                SESSIONS  FAILS  LAST FAILURE                NODE    ZONE',
      'web       static                         Cluster  10.0.0.5:443  usable, failing             3     61  connect_refused, 1m1s ago   -       -',
      'web       static                         Cluster  10.0.0.6:443  down (health check)         0      5  connect_timeout, 450ms ago  node-a  eu-1a',
      'web       static                         Cluster  10.0.0.7:443  unusable                    1      0  -                           -       -',
      'web       static                         Cluster  10.0.0.8:443  not ready                   0      0  -                           -       -',
      'web       static                         Cluster  10.0.0.9:443  terminating                 2      0  -                           -       -',
      'web       static                         Cluster  10.0.1.0:443  usable, terminating         0      0  -                           -       -',
      'a         k8s:a                          Local    -             empty                       0      0  -                           -       -',
      'b         k8s:b,10.0.0.1:443 and 2 more  Local    -             not known yet               0      0  -                           -       -',
    ],
    narrow: [
      'LISTENER  ENDPOINT      STATE                SESSIONS  FAILURES',
      'web       10.0.0.5:443  usable, failing             3  61: connect_refused, 1m1s',
      'web       10.0.0.6:443  down                        0  5: connect_timeout, 450ms',
      'web       10.0.0.7:443  unusable                    1  0',
      'web       10.0.0.8:443  not ready                   0  0',
      'web       10.0.0.9:443  terminating                 2  0',
      'web       10.0.1.0:443  usable, terminating         0  0',
      'a         -             empty                       0  -',
      'b         -             not known yet               0  -',
      '',
      'The terminal is too narrow for SOURCE, POLICY, ZONE, NODE; --json has all.',
    ],
  },
  {
    name: 'sessions',
    answer: {
      sessions: [
        {
          listener: 'web',
          session: 'ab-1',
          phase: 'relay',
          client: '203.0.113.7:51234',
          via: '10.0.1.9:40000',
          endpoint: '10.0.0.5:443',
          ageMs: 61_000,
          idleMs: 250,
          bytesToEndpoint: 1234,
          bytesToClient: 7,
        },
        {
          listener: 'web',
          session: 'ab-2',
          phase: 'header',
          client: '203.0.113.8:1',
          via: null,
          endpoint: null,
          ageMs: 1,
          idleMs: 1,
          bytesToEndpoint: 0,
          bytesToClient: 0,
        },
      ],
    },
    table: [
      'LISTENER  SESSION  CLIENT             VIA             ENDPOINT      PHASE   AGE   IDLE   TO ENDPOINT  TO CLIENT',
      'web       ab-1     203.0.113.7:51234  10.0.1.9:40000  10.0.0.5:443  relay   1m1s  250ms         1234          7',
      'web       ab-2     203.0.113.8:1      -               -             header  1ms   1ms              0          0',
    ],
    narrow: [
      'LISTENER  CLIENT             ENDPOINT      PHASE   AGE   IDLE   BYTES',
      'web       203.0.113.7:51234  10.0.0.5:443  relay   1m1s  250ms  ↑1.2kB ↓7B',
      'web       203.0.113.8:1      -             header  1ms   1ms    ↑0B ↓0B',
      '',
      'The terminal is too narrow for SESSION, VIA; --json has all.',
    ],
  },
  {
    name: 'refused',
    answer: {
      refused: [
        {
          at: '2026-01-01T00:00:00.000Z',
          peer: '203.0.113.7:1',
          listener: 'web',
          reason: 'header_absent',
          detail: null,
          firstBytes: { text: 'GET / HTTP/1.1\\r\\nHost: a', hex: '47' },
          decoded: 'no header',
        },
        {
          at: '2026-01-01T00:00:01.000Z',
          peer: null,
          listener: 'web',
          reason: 'header_invalid',
          detail: 'v2_family',
          firstBytes: null,
          decoded: null,
        },
        {
          at: '2026-01-01T00:00:02.000Z',
          peer: null,
          listener: 'web',
          reason: 'header_absent',
          detail: null,
          firstBytes: { text: '\\x16'.repeat(64), hex: '16' },
          decoded: 'no header',
        },
      ],
    },
    table: [
      'AT                        LISTENER  PEER           REASON          DETAIL     DECODED    FIRST BYTES',
      '2026-01-01T00:00:00.000Z  web       203.0.113.7:1  header_absent   -          no header  GET / HTTP/1.1\\r\\nHost: a',
      '2026-01-01T00:00:01.000Z  web       -              header_invalid  v2_family  -          -',
      `2026-01-01T00:00:02.000Z  web       -              header_absent   -          no header  ${'\\x16'.repeat(11)}\\x1…`,
    ],
    narrow: [
      'AT           PEER           REASON          SENT',
      `${TIMES[0]}  203.0.113.7:1  header_absent   GET / HTTP/1.1\\r\\nHost: a`,
      `${TIMES[1]}  -              header_invalid  -`,
      `${TIMES[2]}  -              header_absent   ${'\\x16'.repeat(7)}\\…`,
      '',
      'The terminal is too narrow for DETAIL, LISTENER; --json has all.',
    ],
  },
] as const;

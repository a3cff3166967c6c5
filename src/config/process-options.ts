import type { ParsedAddress } from '../address/socket-address.ts';
import type { OpsAddress, ProcessOptions } from './config.ts';
import type { Option } from './option.ts';
import { addressOrNone } from './values/addresses.ts';
import { choice, flag } from './values/choices.ts';
import { filePath, word } from './values/names.ts';
import { nodeEcho } from './values/node-echo.ts';
import { count, duration } from './values/numbers.ts';
import { tlvTypes } from './values/tlvs.ts';

export interface ProcessOption<T> extends Option<T> {
  /** The default as text; null if `unset` has it. */
  readonly usual: string | null;
  /** The default in a cluster, if it differs. */
  readonly inCluster?: string;
  /** The default if no text can express it. */
  readonly unset?: { readonly value: T; readonly text: string };
}

/** What is parsed from a key's text; `asked` of a ops address is added later. */
export type ProcessValue<Key extends keyof ProcessOptions> = ProcessOptions[Key] extends OpsAddress
  ? ParsedAddress | null
  : ProcessOptions[Key];

/** Options of the process; everything about an option is derived from its row. */
export const PROCESS_OPTIONS = {
  engine: {
    type: choice('auto', 'epoll', 'net'),
    group: 'Process',
    text: 'What carries connections: epoll (Linux) or node:net; auto is epoll if this machine has it.',
    usual: 'auto',
  },
  threads: {
    type: count({ min: 1, max: 64 }),
    group: 'Process',
    text: 'Worker threads of the epoll engine.',
    usual: null,
    unset: { value: null, text: 'the processors of the container, at most 4; sidecar 1' },
  },
  reusePort: {
    type: flag,
    group: 'Process',
    text: 'Lets another process of the same user join the ports, as two pods of one node do while they roll; run Herald as a user of its own.',
    usual: 'false',
  },
  metrics: {
    type: addressOrNone,
    group: 'Process',
    text: 'Address of metrics and probes; safe to expose.',
    usual: '127.0.0.1:9464',
    inCluster: ':9464',
  },
  admin: {
    type: addressOrNone,
    group: 'Process',
    text: 'Address of status, endpoints, sessions and refusals; loopback or a unix socket only.',
    usual: '127.0.0.1:9465',
  },
  serviceHealth: {
    type: addressOrNone,
    group: 'Process',
    text: "Address that load balancers probe to learn what kube-proxy says on a Service's health check port.",
    usual: 'none',
  },
  drainDelay: {
    type: duration({ zero: true }),
    group: 'Process',
    text: 'How long connections are still accepted after SIGTERM.',
    usual: '0s',
    inCluster: '5s',
  },
  drainTimeout: {
    type: duration({ zero: true }),
    group: 'Process',
    text: 'How long sessions may continue after the listeners have closed; 0 waits for the last one.',
    usual: '8s',
    inCluster: '20s',
  },
  nodeName: {
    type: word('name', "the name of a node, as Kubernetes' spec.nodeName"),
    group: 'Process',
    text: 'Node that Herald runs on, as in spec.nodeName; traffic policies and `--present transparent` compare endpoints with it.',
    usual: null,
    unset: { value: null, text: 'the variable `NODE_NAME`' },
  },
  zone: {
    type: word('name', 'the name of a zone, as topology.kubernetes.io/zone'),
    group: 'Process',
    text: 'Zone of the node, for the topology hints of EndpointSlices.',
    usual: null,
    unset: { value: null, text: '–' },
  },
  nodeEcho: {
    type: nodeEcho,
    group: 'Process',
    text: 'A herald echo in an ordinary pod of each node. With --present transparent, each minute, Herald dials that of its own node from a foreign address, and uses no endpoint of the node while that fails.',
    usual: null,
    unset: { value: [], text: 'none: only the routes are looked at' },
  },
  kubeconfig: {
    type: filePath,
    group: 'Process',
    text: 'File that says how to reach the Kubernetes API from outside a cluster.',
    usual: null,
    unset: { value: null, text: "the variable `KUBECONFIG`; in a cluster the pod's account" },
  },
  kubeContext: {
    type: word('name', 'the name of a context of the kubeconfig'),
    group: 'Process',
    text: 'Context of the kubeconfig to use.',
    usual: null,
    unset: { value: null, text: 'its current context' },
  },
  watchConfig: {
    type: flag,
    group: 'Process',
    text: 'Reloads the file of `herald run` when it changes, as SIGHUP does.',
    usual: 'false',
  },
  logLevel: {
    type: choice('debug', 'info', 'warn', 'error'),
    group: 'Log',
    text: 'Least severe level that is logged.',
    usual: 'info',
  },
  logFormat: {
    type: choice('auto', 'json', 'text'),
    group: 'Log',
    text: 'JSON lines or readable text; auto is text on a terminal.',
    usual: 'auto',
  },
  accessLog: {
    type: choice('none', 'errors', 'all'),
    group: 'Log',
    text: 'Which sessions are logged when they end.',
    usual: 'errors',
  },
  logClients: {
    type: choice('full', 'prefix', 'none'),
    group: 'Log',
    text: 'How much of a client address is logged; an address is personal data.',
    usual: 'full',
  },
  logTlvs: {
    type: tlvTypes,
    group: 'Log',
    text: 'TLVs of incoming headers whose text is added to the access log.',
    usual: 'none',
  },
} satisfies { readonly [Key in keyof ProcessOptions]: ProcessOption<ProcessValue<Key>> };

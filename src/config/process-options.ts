import type { ParsedAddress } from '../address/socket-address.ts';
import type { OpsAddress, ProcessOptions } from './config.ts';
import type { Option } from './option.ts';
import { addressOrNone } from './values/addresses.ts';
import { choice, flag } from './values/choices.ts';
import { filePath, word } from './values/names.ts';
import { count, duration } from './values/numbers.ts';
import { tlvTypes } from './values/tlvs.ts';

export interface ProcessOption<T> extends Option<T> {
  /** The default, as one would write it; null where `unset` stands for it. */
  readonly usual: string | null;
  /** The default where `KUBERNETES_SERVICE_HOST` is set, if it is another. */
  readonly inCluster?: string;
  /** What stands where nothing was written and no text says it. */
  readonly unset?: { readonly value: T; readonly text: string };
}

/** What is read of a key: whether somebody asked for an address is no part of its text. */
export type ProcessValue<Key extends keyof ProcessOptions> = ProcessOptions[Key] extends OpsAddress
  ? ParsedAddress | null
  : ProcessOptions[Key];

/** Options of the process: the one place where each is described. */
export const PROCESS_OPTIONS = {
  engine: {
    type: choice('auto', 'epoll', 'net'),
    group: 'Process',
    text: "What moves the connections: Linux's own way, or node:net; auto takes the first that this machine has.",
    usual: 'auto',
  },
  threads: {
    type: count({ min: 1, max: 64 }),
    group: 'Process',
    text: 'Worker threads of the epoll engine.',
    usual: null,
    unset: { value: null, text: 'the processors that the container may use, at most 4; sidecar 1' },
  },
  metrics: {
    type: addressOrNone,
    group: 'Process',
    text: 'Where metrics and probes are answered; safe to expose.',
    usual: '127.0.0.1:9464',
    inCluster: ':9464',
  },
  admin: {
    type: addressOrNone,
    group: 'Process',
    text: 'Where status, endpoints, sessions and refusals are answered; loopback or a unix socket only.',
    usual: '127.0.0.1:9465',
  },
  serviceHealth: {
    type: addressOrNone,
    group: 'Process',
    text: "Where balancers that probe Herald itself get the answer that kube-proxy gives at a Service's health check port.",
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
    text: 'How long sessions may go on once the listeners are closed; 0 waits for the last one.',
    usual: '8s',
    inCluster: '20s',
  },
  nodeName: {
    type: word('name', "the name of a node, as Kubernetes' spec.nodeName"),
    group: 'Process',
    text: 'The node that Herald runs on, in the letters of spec.nodeName: what Local is measured by.',
    usual: null,
    unset: { value: null, text: 'the variable `NODE_NAME`' },
  },
  zone: {
    type: word('name', 'the name of a zone, as topology.kubernetes.io/zone'),
    group: 'Process',
    text: 'The zone of the node, for the topology hints of EndpointSlices.',
    usual: null,
    unset: { value: null, text: '–' },
  },
  kubeconfig: {
    type: filePath,
    group: 'Process',
    text: 'How to reach the API of Kubernetes from outside of a cluster.',
    usual: null,
    unset: { value: null, text: "the variable `KUBECONFIG`; in a cluster the pod's account" },
  },
  kubeContext: {
    type: word('name', 'the name of a context of the kubeconfig'),
    group: 'Process',
    text: 'Which context of the kubeconfig.',
    usual: null,
    unset: { value: null, text: 'its current one' },
  },
  watchConfig: {
    type: flag,
    group: 'Process',
    text: 'Reads the file of `herald run` again when it changes; SIGHUP does so too.',
    usual: 'false',
  },
  logLevel: {
    type: choice('debug', 'info', 'warn', 'error'),
    group: 'Log',
    text: 'The least important lines that are written.',
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
    text: 'Which sessions leave a line when they end.',
    usual: 'errors',
  },
  logClients: {
    type: choice('full', 'prefix', 'none'),
    group: 'Log',
    text: "How much of clients' addresses the log holds: an address is personal data.",
    usual: 'full',
  },
  logTlvs: {
    type: tlvTypes,
    group: 'Log',
    text: 'TLVs of incoming headers whose text joins the access log.',
    usual: 'none',
  },
} satisfies { readonly [Key in keyof ProcessOptions]: ProcessOption<ProcessValue<Key>> };

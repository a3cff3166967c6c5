import { ANNOTATIONS, annotationOf } from '../config/annotation-names.ts';
import { gatewayFromFlags } from '../config/gateway-from-flags.ts';
import { LISTENER_OPTIONS } from '../config/listener-options.ts';
import type { CliCommand } from './command.ts';
import { gatewayFlags, processFlags } from './serve.ts';

export const gateway: CliCommand = {
  usage: 'herald gateway --namespaces all --default-present none --publish nodes [flags]',
  text: 'Alpha. Serves the Services of a loadBalancerClass, and the Gateways and TCPRoutes of the Gateway API: listeners open and close as the objects of the cluster say, and the annotation herald/present says how their pods learn the client. Every flag is an environment variable too: --default-present is HERALD_DEFAULT_PRESENT.',
  flags: [...gatewayFlags(), ...processFlags()],
  mainFlags: [
    ...['class', 'namespaces', 'defaultPresent', 'publish', 'addressClass'],
    ...['ports', 'allowAnnotations', 'metricsAllow', 'nodeName', 'logLevel'],
  ],
  examples: [
    [
      'herald gateway --namespaces all --default-present none --publish nodes',
      'On each node, which NODE_NAME says; Services get the addresses of the nodes.',
    ],
    [
      "herald gateway --namespaces 'team in (shop,db)' --default-present v2 --address-class metallb.io/metallb",
      'A balancer of the cluster gives each object an address; pods read PROXY v2.',
    ],
  ],
  explainUnknown: (key) => {
    if (!Object.hasOwn(LISTENER_OPTIONS, key)) return undefined;
    const name = ANNOTATIONS.find((each) => each === annotationOf(key));
    if (key === 'present')
      return 'with gateway it is --default-present, or the annotation herald/present of an object';
    if (name !== undefined) return `with gateway it is the annotation herald/${name} of an object`;
    return 'with gateway, listeners are what the objects of the cluster say';
  },
  run: async ({ flags, problems }, host) => {
    const config = gatewayFromFlags(flags, host.env, problems);
    const { runGateway } = await import('../app/run-gateway.ts');
    return runGateway(config, host);
  },
};

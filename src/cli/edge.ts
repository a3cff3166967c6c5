import { configFromFlags } from '../config/config-from-flags.ts';
import type { CliCommand } from './command.ts';
import { formerListenerFlags, listenerFlags, processFlags, serve } from './serve.ts';

export const edge: CliCommand = {
  usage: 'herald edge --listen ADDR --to ENDPOINTS [flags]',
  text: 'Accepts clients and announces them to endpoints: each connection to an endpoint begins with a PROXY header. Every flag is an environment variable too: --header-timeout is HERALD_HEADER_TIMEOUT.',
  flags: [...listenerFlags('edge'), ...processFlags()],
  formerFlags: formerListenerFlags('edge'),
  mainFlags: [
    ...['listen', 'to', 'present', 'acceptProxy', 'trust'],
    ...['balance', 'probe', 'maxSessions', 'metrics', 'logLevel'],
  ],
  examples: [
    ['herald edge --listen :443 --to 10.0.0.5:443,10.0.0.6:443', 'Two endpoints that read PROXY v2.'],
    [
      'herald edge --listen :80 --to 127.0.0.1:8080 --accept-proxy v2 --trust 10.0.1.0/24',
      'Behind a balancer that sends PROXY v2 itself.',
    ],
    ['herald edge --listen :8443 --to k8s:shop/web:https', 'The pods of a Kubernetes Service.'],
  ],
  run: async ({ flags, problems }, host) => serve(configFromFlags('edge', flags, host.env, problems), host),
};

import { configFromFlags } from '../config/config-from-flags.ts';
import type { CliCommand } from './command.ts';
import { formerListenerFlags, listenerFlags, processFlags, serve } from './serve.ts';

export const sidecar: CliCommand = {
  usage: 'herald sidecar --listen ADDR --to ENDPOINTS --trust SOURCES --present FORM',
  text: 'Checks and removes the PROXY headers that trusted peers send, and presents the client to an application. Every flag is an environment variable too: --header-timeout is HERALD_HEADER_TIMEOUT.',
  flags: [...listenerFlags('sidecar'), ...processFlags()],
  formerFlags: formerListenerFlags('sidecar'),
  mainFlags: [
    ...['listen', 'to', 'trust', 'present', 'acceptProxy'],
    ...['headerless', 'proxyHeader', 'maxSessions', 'metrics', 'logLevel'],
  ],
  examples: [
    [
      'herald sidecar --listen :8443 --to 127.0.0.1:443 --trust 10.0.1.0/24 --present none',
      'An application without PROXY protocol; only the access log has the client.',
    ],
    [
      'herald sidecar --listen :8080 --to 127.0.0.1:3000 --trust 10.0.1.0/24 --present forwarded',
      'An application that reads X-Forwarded-For.',
    ],
    [
      'herald sidecar --listen :8080 --to unix:/run/app.sock --trust 10.0.1.0/24 --present v1',
      'Version 2 comes in, version 1 goes out.',
    ],
    [
      'herald sidecar --listen :5433 --to 127.0.0.1:5432 --trust 10.0.1.0/24 --present transparent',
      'The application sees the address of the client; run herald routes up first.',
    ],
  ],
  run: async ({ flags, problems }, host) =>
    serve(configFromFlags('sidecar', flags, host.env, problems), host),
};

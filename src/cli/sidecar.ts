import { configFromFlags } from '../config/config-from-flags.ts';
import type { Command } from './command.ts';
import { listenerFlags, processFlags } from './config-flags.ts';
import { serve } from './serve.ts';

export const sidecar: Command = {
  usage: 'herald sidecar --listen ADDR --to ENDPOINTS --trust SOURCES --present FORM [flags]',
  text: 'Checks and takes off the PROXY header that trusted peers send, and presents the client to an application. Every flag is an environment variable too: --header-timeout is HERALD_HEADER_TIMEOUT.',
  flags: [...listenerFlags('sidecar'), ...processFlags()],
  examples: [
    [
      'herald sidecar --listen :8443 --to 127.0.0.1:443 --trust 10.0.1.0/24 --present none',
      'an application that knows no PROXY protocol; the access log tells who came',
    ],
    [
      'herald sidecar --listen :8080 --to 127.0.0.1:3000 --trust 10.0.1.0/24 --present forwarded',
      'an application that reads X-Forwarded-For',
    ],
    [
      'herald sidecar --listen :8080 --to unix:/run/app.sock --trust 10.0.1.0/24 --present v1',
      'headers of version 2 come in, version 1 goes on',
    ],
    [
      'herald sidecar --listen :5433 --to 127.0.0.1:5432 --trust 10.0.1.0/24 --present transparent',
      'the application sees the client itself, on the wire; herald routes up comes first',
    ],
  ],
  run: async ({ flags, problems }, host) =>
    serve(configFromFlags('sidecar', flags, host.env, problems), host),
};

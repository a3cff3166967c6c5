import type { CliCommand } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly text: string;
  /** A command loads its imports on demand: a sidecar has to start fast and stay small. */
  readonly load: () => Promise<CliCommand>;
}

/** Every command, in the order of the manual. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    text: 'Runs an endpoint and an edge in front of it on loopback, to try with curl.',
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'edge',
    text: 'Accepts clients and announces them to endpoints in PROXY headers.',
    load: async () => (await import('./edge.ts')).edge,
  },
  {
    name: 'sidecar',
    text: 'Checks and removes PROXY headers, and presents the client to an application.',
    load: async () => (await import('./sidecar.ts')).sidecar,
  },
  {
    name: 'run',
    text: 'Serves any number of listeners from a configuration file.',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'gateway',
    text: 'Serves the Services of a class, and Gateways and TCPRoutes, of a cluster (alpha).',
    load: async () => (await import('./gateway.ts')).gateway,
  },
  {
    name: 'status',
    text: 'Shows the status of a running Herald.',
    load: async () => (await import('./status.ts')).status,
  },
  {
    name: 'endpoints',
    text: 'Shows the endpoints of a running Herald.',
    load: async () => (await import('./endpoints.ts')).endpoints,
  },
  {
    name: 'sessions',
    text: 'Shows the open sessions of a running Herald.',
    load: async () => (await import('./sessions.ts')).sessions,
  },
  {
    name: 'refused',
    text: 'Shows the clients that a running Herald refused.',
    load: async () => (await import('./refused.ts')).refused,
  },
  {
    name: 'echo',
    text: 'Runs an endpoint that answers with the client that it saw.',
    load: async () => (await import('./echo.ts')).echo,
  },
  {
    name: 'inspect',
    text: 'Decodes PROXY headers.',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  {
    name: 'routes',
    text: 'Sets the routes that --present transparent needs in a network namespace.',
    load: async () => (await import('./routes.ts')).routes,
  },
  {
    name: 'load',
    text: 'Plays many clients and measures latency and errors.',
    load: async () => (await import('./load.ts')).load,
  },
];

import type { CliCommand } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly text: string;
  /** What a command needs is loaded with it: a sidecar must be up within moments, and small. */
  readonly load: () => Promise<CliCommand>;
}

/** Every command, in the order of the manual. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    text: 'An endpoint and an edge before it, on loopback, to try with curl.',
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'edge',
    text: 'Accepts clients and announces them to the endpoints.',
    load: async () => (await import('./edge.ts')).edge,
  },
  {
    name: 'sidecar',
    text: 'Checks and takes off the header, and presents the client.',
    load: async () => (await import('./sidecar.ts')).sidecar,
  },
  {
    name: 'run',
    text: 'Any number of listeners, from a file.',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'status',
    text: 'Asks a running Herald how it is.',
    load: async () => (await import('./status.ts')).status,
  },
  {
    name: 'endpoints',
    text: 'Asks a running Herald for its endpoints.',
    load: async () => (await import('./endpoints.ts')).endpoints,
  },
  {
    name: 'sessions',
    text: 'Asks a running Herald for its open sessions.',
    load: async () => (await import('./sessions.ts')).sessions,
  },
  {
    name: 'refused',
    text: 'Asks a running Herald whom it turned away.',
    load: async () => (await import('./refused.ts')).refused,
  },
  {
    name: 'echo',
    text: 'An endpoint that answers with who it saw.',
    load: async () => (await import('./echo.ts')).echo,
  },
  {
    name: 'inspect',
    text: 'Decodes PROXY headers.',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  {
    name: 'routes',
    text: 'What --present transparent needs in a network namespace.',
    load: async () => (await import('./routes.ts')).routes,
  },
  {
    name: 'load',
    text: 'Plays many clients, and measures.',
    load: async () => (await import('./load.ts')).load,
  },
];

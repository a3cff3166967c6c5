import { fileURLToPath } from 'node:url';
import type { Owner } from './peer-owner.ts';
import { type Exit, PeerProcess, type ProcessOptions } from './peer-process.ts';

/** A line of the log, as far as tests look at it. */
export interface ProgramLine {
  readonly level: string;
  readonly msg: string;
  readonly listener?: string;
  readonly address?: string;
  readonly session?: string;
  readonly client?: string;
  readonly via?: string;
  readonly endpoint?: string;
  readonly reason?: string;
  readonly source?: string;
  readonly code?: string;
  readonly detail?: string;
  readonly header?: number;
  readonly bytesToEndpoint?: number;
  readonly bytesToClient?: number;
  readonly tlvs?: readonly { readonly name: string; readonly text: string }[];
}

export interface ProgramOptions extends ProcessOptions {
  /** What stands before the program: a command that runs it elsewhere, or with less. */
  readonly prefix?: readonly string[];
  /** Another build of the program than that of these tests. */
  readonly main?: string;
}

/** What a program that ran to its end left behind. */
export interface ProgramResult extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Turns off the ops addresses, whose default ports tests that run at the same time would compete for. */
export const NO_OPS = '--metrics none --admin none';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** Herald as its users run it: the built program, in a process of its own. */
export class Program extends PeerProcess {
  readonly log: ProgramLine[] = [];

  /**
   * Starts `herald COMMAND`, which is split at spaces, without waiting for anything. Teardown ends it.
   */
  static spawn(owner: Owner, command: string, options: ProgramOptions = {}): Program {
    const words = [
      ...(options.prefix ?? []),
      process.execPath,
      options.main ?? MAIN,
      ...command.split(' ').filter(Boolean),
    ];
    const program = new Program(words[0]!, words.slice(1), {
      ...options,
      env: { ...bareEnvironment(), ...options.env },
    });
    owner.teardown(() => program.stop('SIGKILL'));
    return program;
  }

  /** The same, and waits until so many listeners are open. */
  static async start(
    owner: Owner,
    command: string,
    options: ProgramOptions & { readonly listeners?: number } = {},
  ): Promise<Program> {
    const program = Program.spawn(owner, command, options);
    await program.logged(({ msg }) => msg === 'listening', options.listeners);
    return program;
  }

  /** Runs a command to its end. */
  static async run(owner: Owner, command: string, options: ProgramOptions = {}): Promise<ProgramResult> {
    const program = Program.spawn(owner, command, options);
    const exit = await program.exited;
    return { ...exit, stdout: program.stdout.join('\n'), stderr: program.stderr.join('\n') };
  }

  /** The port that a listener really has; of the first one where no name is given. */
  port(name?: string): number {
    const line = this.log.find(
      ({ msg, listener }) => msg === 'listening' && (name === undefined || listener === name),
    );
    return portOf(line?.address);
  }

  /** The port of an ops address. */
  opsPort(option: 'metrics' | 'admin' | 'service-health'): number {
    return portOf(this.log.find(({ msg }) => msg === `--${option} is open`)?.address);
  }

  /** The first `count` lines that fit, now or when they have come; the last of them is returned. */
  logged(fits: (line: ProgramLine) => boolean, count = 1): Promise<ProgramLine> {
    return this.until(`log line (${fits})`, () => this.log.filter(fits)[count - 1]);
  }

  /** The access log's line of the session whose client had this address. */
  session(client: string): Promise<ProgramLine> {
    return this.logged((line) => line.reason !== undefined && line.client === client);
  }

  /** Lines that an operator would have to look at. */
  get complaints(): readonly ProgramLine[] {
    return this.log.filter(({ level }) => level === 'warn' || level === 'error');
  }

  protected override heard(line: string): void {
    if (line.startsWith('{')) this.log.push(JSON.parse(line));
  }
}

function portOf(address: string | undefined): number {
  if (address === undefined) throw new Error('no such address in the log');
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** Nothing of whoever runs the tests: neither options of Herald nor a cluster. */
function bareEnvironment(): { [name: string]: string | undefined } {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HERALD_|KUBERNETES_|NODE_NAME|npm_)/.test(name)),
  );
}

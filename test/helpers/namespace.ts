import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { installed, type Need } from './peer-installed.ts';
import type { Owner } from './peer-owner.ts';
import { type Exit, PeerProcess } from './peer-process.ts';

/** The command of iproute2: what sets up a namespace, and shows what is in it. */
export const IPROUTE = installed('ip');
const UNSHARE = installed('unshare');
const SETPRIV = installed('setpriv');

/** Whether this process may make network namespaces. */
export const NAMESPACES: Need = { missing: IPROUTE.missing ?? SETPRIV.missing ?? whyNot() };

function whyNot(): string | null {
  if (UNSHARE.missing !== null) return UNSHARE.missing;
  const { status } = spawnSync(UNSHARE.command, ['--net', IPROUTE.command, 'link', 'set', 'lo', 'up']);
  return status === 0 ? null : 'this process may make no network namespace';
}

const VISIT = fileURLToPath(new URL('./namespace-visit.js', import.meta.url));
/** Ends with its standard input, and so with this process. */
const HOLD = 'echo here && exec cat';

/** Who connects, with what to say; without `from` the kernel chooses its address. */
export interface Visitor {
  readonly to: string;
  readonly bytes: Uint8Array | string;
  readonly from?: string;
}

/** How a visit ended, and what it was told. */
export interface Visit {
  readonly ending: 'fin' | 'reset';
  readonly text: string;
}

/**
 * A network namespace of a test's own. It has no name: it is gone with the last process in it, so that nothing is left
 * of a test that was killed.
 */
export class Namespace {
  readonly #holder: PeerProcess;

  private constructor(holder: PeerProcess) {
    this.#holder = holder;
  }

  /** With lo up, unless a test wants it down. */
  static async create(owner: Owner, { lo = true } = {}): Promise<Namespace> {
    const holder = new PeerProcess(UNSHARE.command, ['--net', 'sh', '-c', HOLD], { open: true });
    owner.teardown(() => holder.stop('SIGKILL'));
    await holder.line(/^here$/);
    const namespace = new Namespace(holder);
    if (lo) namespace.ip('link set lo up');
    return namespace;
  }

  /** What has to stand before a command for it to run in here. */
  get prefix(): readonly string[] {
    return ['nsenter', `--net=${this.#path}`, '--'];
  }

  /** Runs `ip …` in here, and gives its lines. */
  ip(command: string): readonly string[] {
    const [program, ...args] = [...this.prefix, IPROUTE.command, ...command.split(' ')];
    const { status, stdout, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ip ${command}: ${stderr}`);
    return stdout.split('\n').filter(Boolean);
  }

  /** Gives both a wire between them, with these addresses. */
  connectTo(other: Namespace, here: readonly string[], there: readonly string[]): void {
    this.ip(`link add wire type veth peer name wire netns ${other.#path}`);
    for (const [namespace, addresses] of [
      [this, here],
      [other, there],
    ] as const) {
      // Without duplicate detection an address of IPv6 can be used at once.
      for (const address of addresses) {
        namespace.ip(`address add ${address} dev wire${address.includes(':') ? ' nodad' : ''}`);
      }
      namespace.ip('link set wire up');
    }
  }

  /** A process in here, that teardown ends. */
  start(owner: Owner, command: string, args: readonly string[], options = {}): PeerProcess {
    const [program, ...rest] = [...this.prefix, command, ...args];
    const started = new PeerProcess(program!, rest, options);
    owner.teardown(() => started.stop('SIGKILL'));
    return started;
  }

  /** Runs a command to its end. */
  async run(
    owner: Owner,
    command: string,
    args: readonly string[],
    options = {},
  ): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
    const process = this.start(owner, command, args, options);
    const exit = await process.exited;
    return { ...exit, stdout: process.stdout.join('\n'), stderr: process.stderr.join('\n') };
  }

  /** Connects from in here, one after the other, sends bytes, and reads to the end of each. */
  async visits(owner: Owner, visitors: readonly Visitor[]): Promise<readonly Visit[]> {
    const args = visitors.flatMap(({ to, bytes, from = '' }) => [
      to,
      Buffer.from(bytes as string, 'latin1').toString('hex'),
      from,
    ]);
    const { stdout, stderr } = await this.run(owner, process.execPath, [VISIT, ...args]);
    const visits = stdout
      .split('\n')
      .filter(Boolean)
      .map((line): Visit => JSON.parse(line));
    if (visits.length < visitors.length) throw new Error(stderr);
    return visits;
  }

  async visit(owner: Owner, visitor: Visitor): Promise<Visit> {
    const [visit] = await this.visits(owner, [visitor]);
    return visit!;
  }

  get #path(): string {
    return `/proc/${this.#holder.child.pid}/ns/net`;
  }
}

/** What stands before a command that may keep only these capabilities, such as `+net_raw`. */
export function withOnly(capabilities: string): readonly string[] {
  const sets = ['-all', ...capabilities.split(' ').filter(Boolean)].join(',');
  return [SETPRIV.command, `--bounding-set=${sets}`, `--inh-caps=${sets}`, '--no-new-privs', '--'];
}

/** The same by a user who is not root, and who has them without any file that gives them. */
export function asUser(capabilities: string): readonly string[] {
  const [setpriv, ...rest] = withOnly(capabilities);
  return [
    setpriv!,
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    `--ambient-caps=${capabilities}`,
    ...rest,
  ];
}

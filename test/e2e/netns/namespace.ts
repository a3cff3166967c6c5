import { execFileSync, spawnSync } from 'node:child_process';
import { installed, type Need } from '../../helpers/peer-installed.ts';
import type { Owner } from '../../helpers/peer-owner.ts';

export const IP = installed('ip');
export const NFT = installed('nft');

/** Whether this process may make networks: containers often forbid it, whatever is installed. */
export const NAMESPACES: Need = { missing: whyNot() };

/** Those that are there, to be gone when the process is. */
const present = new Set<Namespace>();
process.once('exit', () => {
  for (const namespace of present) namespace.remove();
});
/** Counted, so that no name comes twice. */
let made = 0;

/** A network of its own: nothing of the machine's, until links are put in. */
export class Namespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Teardown takes it away, with all that is in it; so does the end of the process, should that come first. */
  static create(owner: Owner, label: string): Namespace {
    made += 1;
    const namespace = new Namespace(`herald-${process.pid}-${made}-${label}`);
    present.add(namespace);
    owner.teardown(() => namespace.remove());
    execFileSync(IP.command, ['netns', 'add', namespace.name]);
    namespace.ip('link set lo up');
    return namespace;
  }

  /** Those of the whole machine. */
  static names(): readonly string[] {
    const listed = execFileSync(IP.command, ['netns', 'list'], { encoding: 'utf8' });
    return listed.split('\n').map((line) => line.split(' ')[0]!);
  }

  /** What has to stand before a command for it to run in here. */
  get within(): readonly string[] {
    return [IP.command, 'netns', 'exec', this.name];
  }

  remove(): void {
    present.delete(this);
    spawnSync(IP.command, ['netns', 'delete', this.name], { stdio: 'ignore' });
  }

  /** `ip …` in here, a line each; all in one process. */
  ip(...lines: readonly string[]): void {
    execFileSync(IP.command, ['-n', this.name, '-batch', '-'], { input: lines.join('\n'), stdio: 'pipe' });
  }

  /** Loads rules of nftables. */
  nft(rules: string): void {
    const [command, ...args] = [...this.within, NFT.command, '-f', '-'];
    execFileSync(command!, args, { input: rules, stdio: 'pipe' });
  }

  /** A command in here, to its end: what it said. */
  run(...words: readonly string[]): string {
    const [command, ...args] = [...this.within, ...words];
    return execFileSync(command!, args, { encoding: 'utf8', stdio: 'pipe' });
  }

  /** Settings of /proc/sys/net, such as `ipv4/ip_forward=1`. */
  sysctl(...settings: readonly string[]): void {
    const lines = settings.map((setting) => setting.split('='));
    this.run('sh', '-c', lines.map(([name, value]) => `echo ${value} > /proc/sys/net/${name}`).join(' && '));
  }

  /** Lets packets through that are for somebody else. */
  forward(): void {
    this.sysctl('ipv4/ip_forward=1');
  }

  /** Plugs a cable from `eth0` in here into a bridge in there. */
  plugInto(other: Namespace, bridge: string, port: string): void {
    this.ip(`link add eth0 type veth peer name ${port} netns ${other.name}`, 'link set eth0 up');
    other.ip(`link set dev ${port} master ${bridge}`, `link set dev ${port} up`);
  }
}

function whyNot(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'only root may make network namespaces';
  if (IP.missing ?? NFT.missing) return IP.missing ?? NFT.missing;
  const name = `herald-${process.pid}-trial`;
  try {
    execFileSync(IP.command, ['netns', 'add', name], { stdio: 'pipe' });
    execFileSync(IP.command, ['netns', 'exec', name, NFT.command, 'list', 'ruleset'], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return `this machine makes no network namespaces: ${String((error as Error).message).split('\n')[1] ?? error}`;
  } finally {
    spawnSync(IP.command, ['netns', 'delete', name], { stdio: 'ignore' });
  }
}

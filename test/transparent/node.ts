import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IPROUTE, NAMESPACES, Namespace } from '../helpers/namespace.ts';
import { installed, testWith } from '../helpers/peer-installed.ts';
import type { Owner } from '../helpers/peer-owner.ts';
import { Program, type ProgramLine } from '../helpers/program.ts';
import type { SupportAnswer, SupportWish } from './support-process.ts';

const NFT = installed('nft');
const SUPPORT = fileURLToPath(new URL('./support-process.js', import.meta.url));

/** Needs root, `ip` and `nft`. */
export const onNode = testWith([IPROUTE], [NAMESPACES, NFT]);

export const POD = '10.1.0.5';
export const POD_V6 = 'fd00:1::5';

/** A node with one pod behind a veth, which has the only address of its link, and a network to everyone else. */
export class Node {
  readonly host: Namespace;
  readonly pod: Namespace;

  private constructor(host: Namespace, pod: Namespace) {
    this.host = host;
    this.pod = pod;
  }

  /** `prefixes`: those of the pod's link. */
  static async create(owner: Owner, { prefixes = ['32', '128'] } = {}): Promise<Node> {
    const [host, pod] = await Promise.all([Namespace.create(owner), Namespace.create(owner)]);
    const [v4, v6] = prefixes;
    host.connectTo(pod, [`10.1.0.1/${v4}`, `fd00:1::1/${v6}`], [`${POD}/${v4}`, `${POD_V6}/${v6}`]);
    if (v4 === '32') {
      host.ip(`route add ${POD}/32 dev wire`);
      host.ip(`-6 route add ${POD_V6}/128 dev wire`);
      pod.ip('route add 10.1.0.1/32 dev wire');
      pod.ip('-6 route add fd00:1::1/128 dev wire');
    }
    pod.ip('route add default via 10.1.0.1');
    pod.ip('-6 route add default via fd00:1::1');
    host.ip('link add uplink type veth peer name away');
    host.ip('link set away up');
    host.ip('address add 10.9.0.2/24 dev uplink');
    host.ip('address add fd00:9::2/64 dev uplink nodad');
    host.ip('link set uplink up');
    host.ip('route add default via 10.9.0.1');
    host.ip('-6 route add default via fd00:9::1');
    for (const which of ['all', 'wire']) {
      spawn(host, ['sh', '-c', `echo 1 > /proc/sys/net/ipv4/conf/${which}/rp_filter`]);
    }
    return new Node(host, pod);
  }

  /** The rules of the policy routing, without what marks packets. */
  route(): void {
    for (const family of ['-4', '-6']) {
      this.host.ip(`${family} rule add fwmark 0x3048 lookup 124`);
      this.host.ip(`${family} route add local default dev lo table 124`);
    }
  }

  mark(priority = 'mangle'): void {
    const rule = 'meta l4proto tcp socket transparent 1 meta mark set 0x3048 accept';
    const chain = `type filter hook prerouting priority ${priority}; ${rule};`;
    this.nft(`table inet herald-routes { chain prerouting { ${chain} }; }`);
  }

  nft(rules: string): void {
    spawn(this.host, [NFT.command, '-f', '-'], rules);
  }

  /** A `herald echo` in the pod; returns where. */
  async echo(owner: Owner, flags = ''): Promise<{ readonly v4: string; readonly v6: string }> {
    const { prefix } = this.pod;
    const program = await Program.start(owner, `echo --listen :0 ${flags}`, { prefix });
    const port = program.port();
    return { v4: `${POD}:${port}`, v6: `[${POD_V6}]:${port}` };
  }

  /** The support in the network of the host. */
  async support(owner: Owner, wish: Partial<SupportWish>): Promise<Support> {
    const full: SupportWish = { echoes: [], endpoints: [], ...wish };
    const support = new Support(
      this.host.start(owner, process.execPath, [SUPPORT, JSON.stringify(full)], { open: true }),
    );
    await support.process.line(/^followed$/);
    return support;
  }
}

/** The running support, as its process tells of it. */
export class Support {
  readonly process;

  constructor(process: ReturnType<Namespace['start']>) {
    this.process = process;
  }

  get log(): readonly (ProgramLine & { readonly family?: number })[] {
    return this.process.stdout.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }

  /** The first line of the log that matches, now or later. */
  logged(pattern: RegExp): Promise<ProgramLine> {
    return this.process.until(String(pattern), () => this.log.find(({ msg }) => pattern.test(msg)));
  }

  /** Resolves once an address without the name of a node is this to the node. It is asked after each change. */
  async becomes(address: string, reach: string): Promise<void> {
    const changes = () => this.process.stdout.filter((line) => line === 'changed').length;
    for (let seen = 0; (await this.ask(address)).reach[0] !== reach; seen++) {
      await this.process.until(reach, () => changes() > seen || undefined);
    }
  }

  /** The listener presents so from now on. */
  async reload(form: 'none' | 'transparent'): Promise<void> {
    this.process.child.stdin!.write(`${form}\n`);
    await this.process.line(new RegExp(`^reloaded ${form}$`));
  }

  /** What these addresses are to the node now. */
  async ask(...addresses: readonly string[]): Promise<SupportAnswer> {
    const answers = () => this.process.stdout.filter((line) => line.startsWith('answer '));
    const before = answers().length;
    this.process.child.stdin!.write(`${addresses.join(' ')}\n`);
    const line = await this.process.until('an answer', () => answers()[before]);
    return JSON.parse(line.slice('answer '.length));
  }
}

function spawn(namespace: Namespace, words: readonly string[], input = ''): void {
  const [program, ...args] = [...namespace.prefix, ...words];
  const { status, stderr } = spawnSync(program!, args, { encoding: 'utf8', input });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
}

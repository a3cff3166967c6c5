import test from 'ava';
import { IP, NAMESPACES, NFT } from '../e2e/netns/namespace.ts';
import { MASQUERADES, masqueradeRules, proxyRules } from '../e2e/netns/own-address-rules.ts';
import type { TakeBack } from '../e2e/netns/own-address-take-back.ts';
import type { Wiring } from '../e2e/netns/own-address-wiring.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { type Found, TrialPlace } from './trial-place.ts';

// Without Herald: with which wiring, masquerade and settings of a node the answers of pods come back to transparent sockets.

/** Connections of each combination; HERALD_TRIAL has another number. */
const COUNT = Number(process.env.HERALD_TRIAL ?? 40);
const inNamespaces = testWith([IP, NFT], [NAMESPACES], test.serial);

interface Row extends Found {
  readonly masquerade: string;
  readonly place: string;
  readonly settings: string;
  readonly family: 4 | 6;
  readonly clients: string;
  readonly hasMarkedLookups: boolean;
}

async function* combinations(place: TrialPlace, name: string, wiring: Wiring): AsyncGenerator<Row> {
  const { node, cluster } = place;
  const range = { 4: `${node.gateways[4]}/24`, 6: `${node.gateways[6]}/64` };
  const sets = { 'in the network': cluster.clients.near, 'beyond the router': cluster.clients.beyond };
  const links = node.namespace.run('ls', '/proc/sys/net/ipv4/conf').trim().split(/\s+/);
  node.namespace.nft(proxyRules(cluster.pods.map(({ addresses }) => addresses)));
  for (const masquerade of MASQUERADES) {
    if (masquerade !== 'none') node.namespace.nft(masqueradeRules(masquerade, range));
    for (const [bridge, filter, mark] of settingsOf(wiring)) {
      if (bridge !== null)
        node.namespace.sysctl(
          `bridge/bridge-nf-call-iptables=${bridge}`,
          `bridge/bridge-nf-call-ip6tables=${bridge}`,
        );
      node.namespace.sysctl(
        ...links.flatMap((link) => [
          `ipv4/conf/${link}/rp_filter=${filter}`,
          `ipv4/conf/${link}/src_valid_mark=${mark}`,
        ]),
      );
      // IPv6 has neither of the two settings.
      for (const family of filter === 0 && mark === 0 ? ([4, 6] as const) : ([4] as const)) {
        for (const [clients, addresses] of Object.entries(sets)) {
          const dials = place.dials(COUNT, family, { from: addresses.map((each) => each[family]) });
          const settings = `rp_filter ${filter}, src_valid_mark ${mark}${bridge === null ? '' : `, bridge-nf-call ${bridge}`}`;
          const found = await place.dial(dials, { timeoutMs: 1500 });
          yield {
            ...found,
            masquerade,
            place: name,
            settings,
            family,
            clients,
            hasMarkedLookups: mark === 1,
          };
        }
      }
    }
    if (masquerade !== 'none') node.namespace.run(NFT.command, 'delete', 'table', 'inet', 'masquerading');
  }
}

function settingsOf(
  wiring: Wiring,
): readonly (readonly [bridge: number | null, filter: number, mark: number])[] {
  const bridges = wiring === 'bridge' ? [0, 1] : [null];
  return bridges.flatMap((bridge) =>
    [0, 1, 2].flatMap((filter) => [0, 1].map((mark) => [bridge, filter, mark] as const)),
  );
}

const total = (rows: readonly Row[]) =>
  (['right', 'wrong', 'timedOut', 'failed', 'left'] as const).map((key) =>
    rows.reduce((all, row) => all + row[key], 0),
  );

for (const wiring of ['host route', 'bridge'] as const) {
  for (const hasRouter of [true, false]) {
    const name = `${wiring}, ${hasRouter ? 'default route' : 'no default route'}`;
    inNamespaces(
      `${name}: every client's address is right, and nothing leaves, but with an old masquerade rule`,
      async (t) => {
        t.timeout(300_000);
        const place = await TrialPlace.start(t, wiring, 'whole', { hasRouter });
        const rows: Row[] = [];
        for await (const row of combinations(place, name, wiring)) rows.push(row);
        const [old, others] = [
          rows.filter(({ masquerade }) => masquerade === 'flannel, old'),
          rows.filter(({ masquerade }) => masquerade !== 'flannel, old'),
        ];
        t.log(
          `${rows.length} combinations; right, wrong, timed out, failed, left: ${total(others)}; with the old rule: ${total(old)}`,
        );
        t.deepEqual(
          others.filter(({ right, left }) => right < COUNT || left > 0),
          [],
        );
        t.true(old.every(({ wrong, left }) => wrong === COUNT && left === 0));
      },
    );
  }

  inNamespaces(
    `${wiring}: a mark for packets of sockets alone is lost where reverse lookups use the mark`,
    async (t) => {
      const place = await TrialPlace.start(t, wiring, 'socket alone' satisfies TakeBack);
      const { namespace } = place.node;
      const found: Found[] = [];
      for (const [filter, mark] of [
        [0, 0],
        [1, 0],
        [2, 0],
        [0, 1],
        [1, 1],
        [2, 1],
      ]) {
        namespace.sysctl(`ipv4/conf/all/rp_filter=${filter}`, `ipv4/conf/all/src_valid_mark=${mark}`);
        found.push(await place.dial(place.dials(COUNT, 4), { timeoutMs: 1500 }));
      }
      t.deepEqual(
        found.map(({ right }) => right),
        [COUNT, COUNT, COUNT, 0, 0, 0],
      );
    },
  );
}

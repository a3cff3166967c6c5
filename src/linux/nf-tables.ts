import { ERRNO } from './errno.ts';
import { type Netlink, NLM_F, type Question } from './netlink.ts';
import { type Attribute, parseAttributes } from './netlink-message.ts';
import { bigWord, formatExpressions, type NfExpression, nameBytes, saysTheSame } from './nf-expressions.ts';

/** A table of family `inet`, in which every chain is `type filter` with the policy `accept`. */
export interface NfTable {
  readonly name: string;
  readonly chains: readonly NfChain[];
}

export interface NfChain {
  readonly name: string;
  readonly hook: number;
  readonly priority: number;
  readonly rules: readonly (readonly NfExpression[])[];
}

/** What the kernel has under the name of a table: exactly this table, anything else, or nothing. */
export type NfTableState = 'same' | 'other' | 'missing';

/** include/uapi/linux/netfilter.h: hooks of IPv4 and IPv6. */
export const NF_HOOK = { PREROUTING: 0, FORWARD: 2, OUTPUT: 3 } as const;

// include/uapi/linux/netfilter/nfnetlink.h and nf_tables.h
const NFNL_BATCH = { BEGIN: 16, END: 17, GENERATION: 1 } as const;
const NFT_SUBSYSTEM = 10;
const NFT_MSG = {
  ...{ NEWTABLE: 0, GETTABLE: 1, DELTABLE: 2, NEWCHAIN: 3, GETCHAIN: 4, NEWRULE: 6, GETRULE: 7 },
  GETGEN: 16,
} as const;
const NFPROTO = { UNSPEC: 0, INET: 1 } as const;
const NFTA_TABLE = { NAME: 1, FLAGS: 2, USE: 3 } as const;
const NFTA_CHAIN = { TABLE: 1, NAME: 3, HOOK: 4, POLICY: 5, TYPE: 7 } as const;
const NFTA_HOOK = { NUMBER: 1, PRIORITY: 2 } as const;
const NFTA_RULE = { TABLE: 1, CHAIN: 2, EXPRESSIONS: 4 } as const;
const NFTA_GENERATION = 1;
const NF_ACCEPT = 1;
const NLM_F_APPEND = 0x800;
/** struct nfgenmsg: family, version, then 2 of a number that only batches use. */
const HEADER_BYTES = 4;
/** Of a batch: the ruleset is of another generation. Programs meet this error nowhere else. */
const ERESTART = 85;
/** How often something is tried again because the ruleset changed meanwhile. */
const TRIES = 10;

/** Adds the table as a whole, or nothing. 0, or the negative errno: -EEXIST if there is one of this name. */
export function addTable(netlink: Netlink, table: NfTable): number {
  return netlink.batch(inBatch(tableRequests(table)));
}

/** The requests that make a table. EXCL keeps a table of the same name from being added to. */
export function tableRequests({ name, chains }: NfTable): readonly Question[] {
  const table: Attribute[] = [
    [NFTA_TABLE.NAME, nameBytes(name)],
    [NFTA_TABLE.FLAGS, bigWord(0)],
  ];
  return [
    request(NFT_MSG.NEWTABLE, NLM_F.CREATE | NLM_F.EXCL | NLM_F.ACK, table),
    ...chains.flatMap((chain) => [
      request(NFT_MSG.NEWCHAIN, NLM_F.CREATE | NLM_F.ACK, [
        [NFTA_CHAIN.TABLE, nameBytes(name)],
        [NFTA_CHAIN.NAME, nameBytes(chain.name)],
        ...chainFacts(chain),
      ]),
      ...chain.rules.map((expressions) =>
        request(NFT_MSG.NEWRULE, NLM_F.CREATE | NLM_F_APPEND | NLM_F.ACK, [
          [NFTA_RULE.TABLE, nameBytes(name)],
          [NFTA_RULE.CHAIN, nameBytes(chain.name)],
          [NFTA_RULE.EXPRESSIONS, formatExpressions(expressions)],
        ]),
      ),
    ]),
  ];
}

/** Compares what the kernel has under the table's name, as of one moment. Needs CAP_NET_ADMIN, else -EPERM. */
export function readTable(netlink: Netlink, table: NfTable): NfTableState | number {
  const read = readAsOfNow(netlink, table);
  return typeof read === 'number' ? read : read.state;
}

/** Removes the table if it is exactly this one. Returns what there was, or the negative errno. */
export function deleteTable(netlink: Netlink, table: NfTable): NfTableState | number {
  for (let tried = 1; ; tried++) {
    const read = readAsOfNow(netlink, table);
    if (typeof read === 'number') return read;
    if (read.state !== 'same') return read.state;
    const deletion = request(NFT_MSG.DELTABLE, NLM_F.ACK, [[NFTA_TABLE.NAME, nameBytes(table.name)]]);
    const result = netlink.batch(inBatch([deletion], read.generation));
    if (result === -ERESTART && tried < TRIES) continue;
    return result < 0 ? result : 'same';
  }
}

/** The ruleset has one generation number, which every change of any table raises. */
function readAsOfNow(netlink: Netlink, table: NfTable): { state: NfTableState; generation: number } | number {
  for (let tried = 1; ; tried++) {
    const generation = readGeneration(netlink);
    if (generation < 0) return generation;
    const state = readParts(netlink, table);
    if (typeof state === 'number') return state;
    if (readGeneration(netlink) === generation || tried === TRIES) return { state, generation };
  }
}

/** The number, of 31 bits or less in practice, or the negative errno. */
function readGeneration(netlink: Netlink): number {
  const message = netlink.get(request(NFT_MSG.GETGEN, 0, [], NFPROTO.UNSPEC));
  if (typeof message === 'number') return message;
  return readBigWord(parseAttributes(message.body, HEADER_BYTES).get(NFTA_GENERATION)) ?? -ERRNO.EIO;
}

function readParts(netlink: Netlink, { name, chains }: NfTable): NfTableState | number {
  const found = netlink.get(request(NFT_MSG.GETTABLE, 0, [[NFTA_TABLE.NAME, nameBytes(name)]]));
  if (found === -ERRNO.ENOENT) return 'missing';
  if (typeof found === 'number') return found;
  const facts = parseAttributes(found.body, HEADER_BYTES);
  // USE counts everything that the table holds: chains, sets, objects, flow tables. FLAGS: dormant, or owned by a process.
  if (readBigWord(facts.get(NFTA_TABLE.USE)) !== chains.length) return 'other';
  if ((readBigWord(facts.get(NFTA_TABLE.FLAGS)) ?? 0) !== 0) return 'other';
  for (const chain of chains) {
    const state = readChain(netlink, name, chain);
    if (state !== 'same') return state;
  }
  return readRules(netlink, name, chains);
}

function readChain(netlink: Netlink, table: string, chain: NfChain): NfTableState | number {
  const message = netlink.get(
    request(NFT_MSG.GETCHAIN, 0, [
      [NFTA_CHAIN.TABLE, nameBytes(table)],
      [NFTA_CHAIN.NAME, nameBytes(chain.name)],
    ]),
  );
  if (message === -ERRNO.ENOENT) return 'other';
  if (typeof message === 'number') return message;
  const facts = parseAttributes(message.body, HEADER_BYTES);
  const same = chainFacts(chain).every(([type, value]) => {
    const given = facts.get(type);
    if (given === undefined) return false;
    return value instanceof Uint8Array ? Buffer.compare(value, given) === 0 : saysTheSame(value, given);
  });
  return same ? 'same' : 'other';
}

/** The rules of every chain are in one dump, in the order in which they apply. */
function readRules(netlink: Netlink, table: string, chains: readonly NfChain[]): NfTableState | number {
  const messages = netlink.dump(request(NFT_MSG.GETRULE, 0, [[NFTA_RULE.TABLE, nameBytes(table)]]));
  if (typeof messages === 'number') return messages;
  const rules = messages
    .map(({ body }) => parseAttributes(body, HEADER_BYTES))
    .filter((rule) => isName(rule.get(NFTA_RULE.TABLE), table));
  const wanted = chains.flatMap((chain) => chain.rules.map((expressions) => ({ chain, expressions })));
  if (rules.length !== wanted.length) return 'other';
  const same = chains.every(({ name, rules: expected }) => {
    const given = rules.filter((rule) => isName(rule.get(NFTA_RULE.CHAIN), name));
    return given.length === expected.length && given.every((rule, at) => isRule(rule, expected[at]!));
  });
  return same ? 'same' : 'other';
}

function isRule(rule: ReadonlyMap<number, Uint8Array>, expressions: readonly NfExpression[]): boolean {
  return saysTheSame(formatExpressions(expressions), rule.get(NFTA_RULE.EXPRESSIONS) ?? new Uint8Array(0));
}

function isName(given: Uint8Array | undefined, name: string): boolean {
  return given !== undefined && Buffer.compare(given, nameBytes(name)) === 0;
}

function chainFacts({ hook, priority }: NfChain): readonly Attribute[] {
  return [
    [NFTA_CHAIN.TYPE, nameBytes('filter')],
    [NFTA_CHAIN.POLICY, bigWord(NF_ACCEPT)],
    [
      NFTA_CHAIN.HOOK,
      [
        [NFTA_HOOK.NUMBER, bigWord(hook)],
        [NFTA_HOOK.PRIORITY, bigWord(priority)],
      ],
    ],
  ];
}

/** With a generation: the kernel refuses the batch with ERESTART if the ruleset is of another one. */
function inBatch(requests: readonly Question[], generation?: number): readonly Question[] {
  const header = Uint8Array.of(NFPROTO.UNSPEC, 0, 0, NFT_SUBSYSTEM);
  const attributes: Attribute[] =
    generation === undefined ? [] : [[NFNL_BATCH.GENERATION, bigWord(generation)]];
  return [
    { type: NFNL_BATCH.BEGIN, flags: 0, header, attributes },
    ...requests,
    { type: NFNL_BATCH.END, flags: 0, header, attributes: [] },
  ];
}

function request(
  type: number,
  flags: number,
  attributes: readonly Attribute[],
  family: number = NFPROTO.INET,
): Question {
  return { type: (NFT_SUBSYSTEM << 8) | type, flags, header: Uint8Array.of(family, 0, 0, 0), attributes };
}

function readBigWord(value: Uint8Array | undefined): number | undefined {
  if (value === undefined || value.length < 4) return undefined;
  return new DataView(value.buffer, value.byteOffset).getUint32(0);
}

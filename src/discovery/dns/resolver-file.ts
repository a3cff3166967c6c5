/** The parts of /etc/resolv.conf that Herald applies itself: Node's queries use only its name servers. */
export interface ResolverFile {
  /** Domains to append to a name. */
  readonly search: readonly string[];
  /** A name with at least this many dots is first queried as it is. */
  readonly ndots: number;
  readonly timeoutMs: number;
  readonly attempts: number;
}

/** Defaults and maxima of resolv.conf(5). */
const NDOTS = { usual: 1, most: 15 };
const TIMEOUT_SECONDS = { usual: 5, most: 30 };
const ATTEMPTS = { usual: 2, most: 5 };

/** Parses resolv.conf(5). Of several `search` and `domain` lines the last one counts; unknown lines are ignored. */
export function parseResolverFile(text: string): ResolverFile {
  let search: readonly string[] = [];
  const options = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [key, ...words] = line.split(/[ \t\r]+/).filter((word) => word !== '');
    if (key === 'search' || key === 'domain')
      search = (key === 'domain' ? words.slice(0, 1) : words).map(withoutDot).filter((word) => word !== '');
    for (const option of key === 'options' ? words : []) {
      const [, name, number] = /^(\w+):(\d{1,6})$/.exec(option) ?? [];
      if (name !== undefined) options.set(name, Number(number));
    }
  }
  const option = (name: string, { usual, most }: { usual: number; most: number }) =>
    Math.min(options.get(name) ?? usual, most);
  return {
    search,
    ndots: option('ndots', NDOTS),
    timeoutMs: 1000 * Math.max(1, option('timeout', TIMEOUT_SECONDS)),
    attempts: Math.max(1, option('attempts', ATTEMPTS)),
  };
}

/** The absolute names to query, in order. A name that ends with a dot is absolute already. */
export function namesToAsk(host: string, { search, ndots }: ResolverFile): readonly string[] {
  if (host.endsWith('.')) return [host];
  const searched = search.map((domain) => `${host}.${domain}.`);
  const dots = host.split('.').length - 1;
  return dots >= ndots ? [`${host}.`, ...searched] : [...searched, `${host}.`];
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}

/** Beginnings of ADDR that the manual reserves and this version does not understand yet, and what they come with. */
const LATER_SCHEMES: { readonly [scheme: string]: string } = {
  'udp:': 'UDP',
};

/** The word about an address of a kind that is not there yet, else undefined: refused, and not taken for a mistake. */
export function laterScheme(address: string): string | undefined {
  const found = Object.entries(LATER_SCHEMES).find(([scheme]) => address.startsWith(scheme));
  if (found === undefined) return undefined;
  return `${JSON.stringify(address)} is not in this version of Herald: it comes with ${found[1]}`;
}

/** `--family`: `auto` is one family for each pod or name, `4` and `6` are that one or nothing. */
export type FamilyChoice = 'auto' | 4 | 6;

/** The family of an address of 4 or 16 bytes. */
export function familyOf(ip: Uint8Array): 4 | 6 {
  return ip.length === 4 ? 4 : 6;
}

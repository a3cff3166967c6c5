/** Copies an address as 16 bytes; one of 4 becomes v4-mapped (RFC 4291 §2.5.5.2). */
export function putIpv6(target: Uint8Array, at: number, ip: Uint8Array): void {
  if (ip.length === 16) {
    for (let i = 0; i < 16; i++) target[at + i] = ip[i] as number;
    return;
  }
  for (let i = 0; i < 10; i++) target[at + i] = 0;
  target[at + 10] = 0xff;
  target[at + 11] = 0xff;
  for (let i = 0; i < 4; i++) target[at + 12 + i] = ip[i] as number;
}

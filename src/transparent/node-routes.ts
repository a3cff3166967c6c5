/**
 * The mark of packets that are for a transparent socket of this node, and the routing table that it leads to. The mark has no bit of
 * those that Kubernetes (0x4000, 0x8000), AWS (0x80), Cilium (0xf00) and Calico (0xffff0000) use, and is compared as a whole.
 */
export const NODE_MARK = 0x3048;
export const NODE_TABLE = 124;

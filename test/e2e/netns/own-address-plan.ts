/** One address of each family. */
export interface Addresses {
  readonly 4: string;
  readonly 6: string;
}

/** Where pods are met; where connections stay open; where a pod sends without end. */
export const POD_PORT = 9000;
export const KEPT_PORT = 9001;
export const FLOOD_PORT = 9002;
/** 198.18.0.0/24 and 2001:2::/64 are the wire of the nodes; 198.19.N.0/24 and 2001:2:1:N::/64 have the pods of node N. */
export const POD_RANGES: Addresses = { 4: '198.19.0.0/16', 6: '2001:2:1::/48' };
/** Beyond the router: a node knows no route to them but the default one, if it has any. */
export const BEYOND: Addresses = { 4: '203.0.113.0/24', 6: '2001:db8:1::/64' };
/** Where a Service of a kube-proxy is met. */
export const SERVICE: Addresses = { 4: '198.18.255.1', 6: '2001:2:2::1' };
/** Where the Service is met on each node, and where Heralds hand sessions over. */
export const LISTENER_PORT = 8443;
export const HOP_PORT = 9466;

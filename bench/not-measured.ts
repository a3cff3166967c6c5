/** What a reader of the tables might take them for. It stands below each of them. */
export const NOT_MEASURED: readonly string[] = [
  'A proxy’s capacity: load generator and endpoint share the machine with the proxy, so a rate says as much of them. ' +
    'Latency is asked for in shares of such a rate, not of what the proxy could do by itself.',
  'A network: everything is on loopback, where the sender’s processor does much of the receiver’s share of TCP, and ' +
    'no card and no interrupt is involved.',
  'Work of the kernel outside the proxy’s process (its own threads), and the kernel’s memory for sockets and their ' +
    'buffers: idle figures are resident memory of the process alone.',
  'How much more several threads carry: the table of threads says what a connection costs, for the machine has no ' +
    'processors to give them.',
  'Other sizes of requests, TLS, and clients with addresses of their own: every client is 127.0.0.1.',
  'Peers with other settings: HAProxy and nginx run with the buffers that they come with (16 KiB). nginx stream ' +
    'sends headers of version 1 only, so that its header is another one than everybody else’s.',
];

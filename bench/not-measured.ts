/** What the tables do not show, although a reader might conclude it from them. */
export const NOT_MEASURED: readonly string[] = [
  'A proxy’s capacity: load generator and endpoint share the machine with the proxy, so a rate depends on all three. ' +
    'The rates of the latency scenario are shares of such a rate, not of what the proxy could do alone.',
  'A network: everything is on loopback, where the sender’s processor does much of the receiver’s share of TCP, and ' +
    'no network card and no interrupt are involved.',
  'Work of the kernel outside the proxy’s process (its own threads), and the kernel’s memory for sockets and their ' +
    'buffers: idle figures are resident memory of the process alone.',
  'How throughput grows with threads: the table of threads shows the cost of a connection, because the machine has ' +
    'no processors for more threads.',
  'Other sizes of requests, TLS, and clients with addresses of their own: every client is 127.0.0.1.',
  'Peers with other settings: HAProxy and nginx run with their default buffers (16 KiB). nginx stream can send only ' +
    'headers of version 1, so its header differs from that of the others.',
];

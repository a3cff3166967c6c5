/** What a reader of the tables might take them for. It stands below each of them. */
export const NOT_MEASURED: readonly string[] = [
  'Latency: neither what a proxy adds nor how it spreads. The rates are those of a closed loop in which load ' +
    'generator and endpoint share the machine with the proxy: no proxy’s capacity.',
  'A network: everything is on loopback, where the sender’s processor does much of the receiver’s share of TCP, and ' +
    'no card and no interrupt is involved.',
  'Work of the kernel outside the proxy’s process (its own threads), and the kernel’s memory for sockets and their ' +
    'buffers: idle figures are resident memory of the process alone.',
  'More than one thread, other sizes of requests, bulk from the client to the endpoint, TLS.',
  'Herald as a sidecar, but for unfinished headers: every other figure is of a proxy that adds a header.',
  'Peers with other settings: HAProxy and nginx run with the buffers that they come with (16 KiB). nginx stream ' +
    'sends headers of version 1 only, so that its header is another one than everybody else’s.',
];

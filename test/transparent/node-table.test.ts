import { fromLinux, onLinuxAtOnce as onLinux } from '../linux/on-linux.ts';

const { addError, tableState } = await fromLinux(() => import('../../src/transparent/node-table.ts'));
const { ERRNO } = await fromLinux(() => import('../../src/linux/errno.ts'));

onLinux('a kernel without nftables is told from one that may not be asked', (t) => {
  t.is(tableState('other'), 'other');
  t.is(tableState(-ERRNO.EPERM), 'unreadable');
  // EINVAL: nfnetlink without nf_tables. EPROTONOSUPPORT: no nfnetlink at all.
  for (const errno of ['EINVAL', 'EOPNOTSUPP', 'EPROTONOSUPPORT'] as const)
    t.is(tableState(-ERRNO[errno]), 'unsupported', errno);
  t.throws(() => tableState(-ERRNO.ENOMEM), { message: 'cannot read the tables of nftables: ENOMEM' });
});

onLinux('what the kernel lacks for the table is named', (t) => {
  t.regex(addError(-ERRNO.EOPNOTSUPP).message, /^this kernel has no nftables: it needs the module nf_tables/);
  t.regex(
    addError(-ERRNO.ENOENT).message,
    /cannot find transparent sockets or their connections: it needs the modules nft_socket and nft_ct/,
  );
  t.regex(
    addError(-ERRNO.EPERM).message,
    /permission denied\. It needs CAP_NET_ADMIN in this network namespace/,
  );
  t.is(addError(-ERRNO.ENOMEM).message, 'cannot add the table inet herald-routes: ENOMEM');
});

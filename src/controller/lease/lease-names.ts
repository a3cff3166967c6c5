import { createHash } from 'node:crypto';

/** Names of the Leases of one gateway. Those of another class in the same namespace are another gateway. */
export interface LeaseNames {
  /** Of the Lease whose holder writes statuses. */
  readonly leader: string;
  /** Labels of the Leases of its instances. */
  readonly labels: { readonly [name: string]: string };
}

/** The default of `--class`, whose Leases have the plain name. */
const USUAL_CLASS = 'herald/edge';
const USUAL_NAME = 'herald-gateway';
const HASH_CHARS = 10;

/** `className`: `--class`. Names of classes may have characters that names of objects may not have. */
export function leaseNames(className: string): LeaseNames {
  const isUsual = className === USUAL_CLASS;
  const hash = createHash('sha256').update(className).digest('hex').slice(0, HASH_CHARS);
  const leader = isUsual ? USUAL_NAME : `${USUAL_NAME}-${hash}`;
  return {
    leader,
    labels: {
      'app.kubernetes.io/name': 'herald',
      'app.kubernetes.io/component': 'gateway-instance',
      'app.kubernetes.io/instance': leader,
    },
  };
}

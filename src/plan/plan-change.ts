import type { ListenAddress, ListenerPlan } from './plan.ts';

/** A listener that is open. */
export interface OpenPlan {
  readonly plan: ListenerPlan;
  /** Where it listens: for port 0 in the plan, the port that the kernel chose. */
  readonly address: ListenAddress;
}

/** A listener whose address is open, under another id. */
export interface SocketHandover {
  readonly plan: ListenerPlan;
  /** Id of the listener that gives up the socket. */
  readonly holder: number;
}

/** What an engine does to get from its open listeners to the next plan. Each listener of the plan is in one list. */
export interface PlanChange {
  /** To be bound. */
  readonly open: readonly ListenerPlan[];
  readonly handOver: readonly SocketHandover[];
  /** Same socket, another plan. */
  readonly change: readonly ListenerPlan[];
  /** The plan is the same object as before: nothing to do, and nothing to send to a worker. */
  readonly keep: readonly ListenerPlan[];
  /** Ids of open listeners whose socket nobody has in the next plan. */
  readonly close: readonly number[];
}

/**
 * Compares the open listeners, by id, with the next plan. If a listener gives up an address and another one comes to
 * it (a rename, two that swap), the socket itself is handed over with its queue: nobody could bind the address a second
 * time, and a close would reset the clients in the queue. Port 0 asks for a new port, except from the listener that
 * asked for it before. Addresses that overlap without being equal (`:80`, `127.0.0.1:80`) are different ones.
 */
export function planChange(open: ReadonlyMap<number, OpenPlan>, next: readonly ListenerPlan[]): PlanChange {
  const ids = new Map([...open].map(([id, { address }]) => [addressKey(address), id]));
  const [change, keep, others]: ListenerPlan[][] = [[], [], []];
  for (const plan of next) {
    const current = open.get(plan.id);
    if (current?.plan === plan) keep!.push(plan);
    else if (current !== undefined && staysAt(current, plan.listen)) change!.push(plan);
    else others!.push(plan);
  }
  const taken = new Set([...change!, ...keep!].map(({ id }) => id));
  const opened: ListenerPlan[] = [];
  const handOver: SocketHandover[] = [];
  for (const plan of others!) {
    const holder = isAnyPort(plan.listen) ? undefined : ids.get(addressKey(plan.listen));
    if (holder === undefined || taken.has(holder)) {
      opened.push(plan);
      continue;
    }
    taken.add(holder);
    handOver.push({ plan, holder });
  }
  const close = [...open.keys()].filter((id) => !taken.has(id));
  return { open: opened, handOver, change: change!, keep: keep!, close };
}

/** A text that two addresses have in common if they are equal. */
export function addressKey(address: ListenAddress): string {
  return address.kind === 'unix' ? `unix ${address.path}` : `${address.port} ${address.ip?.join() ?? 'any'}`;
}

function staysAt({ plan, address }: OpenPlan, listen: ListenAddress): boolean {
  const key = addressKey(listen);
  return key === addressKey(plan.listen) || key === addressKey(address);
}

/** Port 0: any free port. */
export function isAnyPort(listen: ListenAddress): boolean {
  return listen.kind === 'tcp' && listen.port === 0;
}

import type { Contender, ContenderId } from '../contender.ts';
import { direct } from './direct.ts';
import { haproxy } from './haproxy.ts';
import { herald } from './herald.ts';
import { nginx } from './nginx.ts';
import { relay } from './relay.ts';

/** All contenders in the order of their turns. Those whose ratios have targets are adjacent where possible. */
export const CONTENDERS: readonly Contender[] = [
  haproxy(false),
  herald('epoll'),
  haproxy(true),
  nginx(false),
  nginx(true),
  relay,
  herald('net'),
  direct,
];

export function titleOf(id: ContenderId): string {
  return CONTENDERS.find((contender) => contender.id === id)!.title;
}

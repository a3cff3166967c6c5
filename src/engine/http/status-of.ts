import type { CloseReason } from '../../plan/close-reason.ts';

/** What a client is told where no endpoint has answered: nobody to ask, too late, or anything else (RFC 9110 §15.6). */
export function statusOf(reason: CloseReason): number {
  switch (reason) {
    case 'no_endpoint':
    case 'no_ready_endpoint':
    case 'no_local_endpoint':
      return 503;
    case 'connect_timeout':
    case 'idle_timeout':
    case 'half_close_timeout':
      return 504;
    default:
      return 502;
  }
}

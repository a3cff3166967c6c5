/** To the process that watches: this Service is about to have this revision. */
export interface ToWatch {
  readonly service: string;
  readonly revision: string;
}

/** From it. Times are of the monotonic clock of the machine, in nanoseconds. */
export type FromWatch =
  | { readonly is: 'synced'; readonly atNs: string; readonly endpoints: number }
  | { readonly is: 'changed'; readonly atNs: string };

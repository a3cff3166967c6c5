/** One connection of a client, from an address of its own. */
export interface Visit {
  readonly from: string;
  readonly host: string;
  readonly port: number;
}

/** What became of it; who was met, and whom that one saw. */
export type Outcome =
  | { readonly end: 'served'; readonly pod: string; readonly saw: string }
  | { readonly end: 'refused' | 'timed out' | 'failed'; readonly code?: string };

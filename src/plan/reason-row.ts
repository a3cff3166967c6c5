/** At which level an ending is logged. Endings that are part of a good day are `debug`. */
export type ReasonLevel = 'debug' | 'info' | 'warn' | 'error';

/** What the table says of one reason. */
export interface ReasonRow {
  readonly by: 'client' | 'endpoint' | 'herald';
  readonly phase: 'admit' | 'header' | 'connect' | 'relay';
  readonly level: ReasonLevel;
  /** True where the client was turned away before any endpoint was asked: it joins the list of refusals. */
  readonly refused?: true;
  readonly text: string;
}

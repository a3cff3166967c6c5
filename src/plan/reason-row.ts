/** The level at which an ending is logged. Normal endings are `debug`. */
export type ReasonLevel = 'debug' | 'info' | 'warn' | 'error';

/** One row of the table of reasons. `text` is the sentence of the manual. */
export interface ReasonRow {
  readonly by: 'client' | 'endpoint' | 'herald';
  readonly phase: 'admit' | 'header' | 'connect' | 'relay';
  readonly level: ReasonLevel;
  /** Set if the client was refused before any endpoint was dialed: the session is in the list of refusals. */
  readonly refused?: true;
  readonly text: string;
}

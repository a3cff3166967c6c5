import { durationText } from './duration-text.ts';

/** What failed, and how long ago in milliseconds. */
export interface ShownFailure {
  readonly reason: string;
  readonly ms: number;
}

/** `connect_refused, 3s ago`; null where nothing has failed, or an older Herald does not say. */
export function failureText(note: ShownFailure | null | undefined): string | null {
  return note == null ? null : `${note.reason}, ${durationText(note.ms)} ago`;
}

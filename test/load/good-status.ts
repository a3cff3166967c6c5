/** The status of a run with nothing to complain of: on a machine that is busy with others the generator may be the limit. */
export function goodStatus(text: string): number {
  return text.includes('THE GENERATOR WAS THE LIMIT') ? 4 : 0;
}

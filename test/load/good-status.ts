/** The status of a run without errors: 0, or 4 if the generator was the limit because the machine was busy. */
export function goodStatus(text: string): number {
  return text.includes('THE GENERATOR WAS THE LIMIT') ? 4 : 0;
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createPicture } from './picture.ts';
import { type About, type Findings, report } from './report.ts';
import type { Result } from './run-scenario.ts';

const FOLDER = 'results';
const BEGIN = '<!-- results: written by npm run bench -->';
const END = '<!-- end -->';

/**
 * Writes the tables as Markdown, and a picture of each scenario into `results/` beside the file. If the file has the two
 * markers, only the text between them is replaced; otherwise the file is overwritten.
 */
export function writeResults(file: string, findings: Findings, about: About): void {
  const names = new Map<Result, string>();
  for (const result of findings.results) {
    const picture = createPicture(result);
    if (picture === null) continue;
    const name = `${FOLDER}/${result.scenario.id}.svg`;
    mkdirSync(join(dirname(file), FOLDER), { recursive: true });
    writeFileSync(join(dirname(file), name), picture);
    names.set(result, name);
  }
  const text = report(findings, about, { markdown: true, pictureOf: (result) => names.get(result) ?? null });
  writeFileSync(file, placed(contentsOf(file), text));
}

function placed(before: string, text: string): string {
  const [begin, end] = [before.indexOf(BEGIN), before.lastIndexOf(END)];
  if (begin < 0 || end < begin) return `${text}\n`;
  return `${before.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${before.slice(end)}`;
}

function contentsOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

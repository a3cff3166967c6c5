import { readdirSync, readFileSync } from 'node:fs';
import type { ParseOptions } from '../../src/wire/index.ts';

/**
 * Bytes with their meaning. `rule` is a number of the specification's rules, `ruling: …` where the specification is
 * silent, or `§5 …` for what went wrong elsewhere. `canonical` rows are what a sender writes, byte for byte.
 */
export interface Vector {
  readonly file: string;
  readonly rule: string;
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly options: ParseOptions | undefined;
  readonly canonical: boolean;
  /** What `herald inspect --json` says; with `options` only `status` of a header. */
  readonly expect: { readonly status: string; readonly [key: string]: unknown };
}

type Row = Omit<Vector, 'file' | 'bytes'> & { readonly hex?: string; readonly text?: string };

/** The sources' folder as seen from `dist/test/vectors`. */
const FOLDER = new URL('../../../test/vectors/', import.meta.url);

/** Every row of every file; throws where there are none, so that no loop over them can be empty. */
export function loadVectors(): Vector[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  const vectors = files.flatMap((file) => {
    const rows = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Row[];
    return rows.map((row) => toVector(file.replace('.json', ''), row));
  });
  if (vectors.length === 0) throw new Error(`no vectors in ${FOLDER.pathname}`);
  return vectors;
}

function toVector(file: string, { hex, text, ...row }: Row): Vector {
  const bytes = hex === undefined ? Buffer.from(text ?? '', 'latin1') : Buffer.from(hex, 'hex');
  return { ...row, file, bytes, options: row.options, canonical: row.canonical ?? false };
}

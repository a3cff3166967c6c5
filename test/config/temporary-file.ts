import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

/** A file of its own for one test; returns its path. */
export function temporaryFile(t: ExecutionContext, text: string, name = 'herald.yaml'): string {
  const folder = mkdtempSync(join(tmpdir(), 'herald-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

import { readdirSync } from 'node:fs';

/**
 * Declares the tests of all files of a folder of `test/` in this process. A process for each file costs more than most
 * pure tests themselves: such files can share one, as long as their titles differ and none of them awaits at its top.
 */
export async function loadRoom(room: string, isPart = (_file: string) => true): Promise<void> {
  // The sources are listed, and not what was compiled: that may be of a file that is gone.
  const sources = new URL(`../../../test/${room}/`, import.meta.url);
  const compiled = new URL(`../${room}/`, import.meta.url);
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.test.ts') && isPart(file),
  );
  if (files.length === 0) throw new Error(`test/${room} has no tests`);
  const imports = files
    .toSorted()
    .map((file) => `import ${JSON.stringify(new URL(file.replace(/ts$/, 'js'), compiled).href)};`);
  // A module that imports them all runs them without a pause. AVA refuses tests that are declared after one.
  await import(`data:text/javascript,${encodeURIComponent(imports.join('\n'))}`);
}

import { readFileSync } from 'node:fs';
import { IPROUTE, NAMESPACES, Namespace } from '../../helpers/namespace.ts';
import { type Need, testWith } from '../../helpers/peer-installed.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { NO_OPS, Program } from '../../helpers/program.ts';

/** The client of every recipe, and where it connects to. */
export const CLIENT = '203.0.113.77';
export const SITE = '203.0.113.1';

const PAGE = readFileSync(new URL('../../../../docs/recipes.md', import.meta.url), 'utf8');

/** A test of a recipe, which needs its server and namespaces. */
export function recipe(...needs: readonly Need[]) {
  return testWith([IPROUTE, ...needs], [NAMESPACES]);
}

/** The `herald` lines of a section of the manual's page, without that word. */
function linesOf(section: string): readonly string[] {
  const text = PAGE.split(/^## /m).find((each) => each.startsWith(`${section}\n`));
  const lines = [...(text ?? '').matchAll(/^herald (.*)$/gm)].map(([, line]) => line!);
  if (lines.length === 0) throw new Error(`the page has no commands for ${section}`);
  return lines;
}

/**
 * Two machines with a wire between them: `abroad` is the client's, and on `site` runs what the page says for the
 * section. The recipe's server is the test's own to start there, on the port that the page names.
 */
export async function play(owner: Owner, section: string) {
  const [site, abroad] = await Promise.all([Namespace.create(owner), Namespace.create(owner)]);
  site.connectTo(abroad, [`${SITE}/24`], [`${CLIENT}/24`]);
  await Program.run(owner, 'routes up', { prefix: site.prefix });
  const programs = await Promise.all(
    linesOf(section).map((line) =>
      Program.start(owner, `${line} --access-log all ${NO_OPS}`, { prefix: site.prefix }),
    ),
  );
  return { site, abroad, programs };
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { testWith } from '../helpers/peer-installed.ts';
import { PeerProcess } from '../helpers/peer-process.ts';
import { PROMTOOL } from '../helpers/peer-prometheus.ts';
import { K8S } from './overlays.ts';

const FOLDER = join(K8S, '../monitoring');
const RULES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

for (const [title, args] of [
  // All of the folder: its files may be given to Prometheus by a glob.
  ['promtool has nothing to say against the rules', ['check', 'rules', ...RULES]],
  [
    'the rules alert of what they are about and of nothing else',
    ['test', 'rules', 'test/prometheus-rules.test.yaml'],
  ],
] as const) {
  testWith([PROMTOOL])(title, async (t) => {
    const promtool = new PeerProcess(PROMTOOL.command, args, { cwd: FOLDER });
    const { code } = await promtool.exited;
    t.is(code, 0, [...promtool.stdout, ...promtool.stderr].join('\n'));
  });
}

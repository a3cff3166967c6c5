import type { DocCommand } from './doc-blocks.ts';

/** How a command of the documentation is tried: by what a test plays, or not here, for a reason. */
export type DocRule =
  | 'serve'
  | 'run'
  | 'echo'
  | 'load'
  | 'ask'
  | 'inspect'
  | 'version'
  | 'curl'
  | { readonly notHere: string };

const OF_HERALD: { readonly [command: string]: DocRule } = {
  edge: 'serve',
  sidecar: 'serve',
  run: 'run',
  echo: 'echo',
  load: 'load',
  status: 'ask',
  refused: 'ask',
  sessions: 'ask',
  endpoints: 'ask',
  inspect: 'inspect',
  '--version': 'version',
};

/** Every command that no test runs, and why. The first match counts. */
export const NOT_HERE: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^herald routes /, 'changes the rules of the kernel; test/e2e/routes.test.ts runs it in a namespace'],
  [/^npm (ci|link|start|test)\b/, 'builds and tests the repository itself, as every run of the tests begins'],
  [/^git pull$/, 'changes the clone'],
  [/^cp .*\/etc\/systemd\/|^systemctl /, 'changes the services of the machine'],
  [/^kill -USR2 PID$/, 'has the process that serves replaced; test/restarts/take-over.test.ts does it'],
  [/^ps /, 'shows the processes of the machine'],
  [/^(nft|ip) /, 'shows the rules of the kernel; test/e2e/netns looks at them in namespaces'],
  [/^echo net\.|^sysctl /, 'changes the kernel of the machine'],
  [
    /^(podman |cp .* ~\/\.config\/)/,
    'needs Podman; test/restarts/systemd-sockets.test.ts plays what it passes',
  ],
  [/^kubectl /, 'needs a cluster; test/k8s renders every overlay that it names'],
  [/^k3s /, 'needs k3s, which starts a cluster'],
  [/^(docker|kind) /, 'builds an image and needs a registry or a cluster'],
  [/^(gcloud|aws) /, 'changes the account of a cloud'],
  [/^curl http:\/\/ADDRESS-OF-/, 'asks a cluster'],
];

/** Undefined for a command that nothing covers. */
export function ruleOf({ text, words }: DocCommand): DocRule | undefined {
  const notHere = NOT_HERE.find(([pattern]) => pattern.test(text));
  if (notHere !== undefined) return { notHere: notHere[1] };
  const [program, command = ''] = words;
  if (program === 'herald') return OF_HERALD[command];
  return program === 'curl' ? 'curl' : undefined;
}

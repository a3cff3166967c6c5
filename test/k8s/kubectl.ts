import { execFileSync } from 'node:child_process';
import { installed, type Need } from '../helpers/peer-installed.ts';

const KUBECTL = installed('kubectl');

/**
 * A kubectl whose kustomize knows components as they are today. It may be missing even where peers are required: what
 * Debian 12 calls kubernetes-client is of 2021.
 */
export const KUSTOMIZE: Need = {
  missing: KUBECTL.missing ?? (isRecent() ? null : "this kubectl's kustomize is older than version 5"),
};

/** `kubectl kustomize FOLDER`. */
export function kubectlKustomize(folder: string): string {
  return execFileSync(KUBECTL.command, ['kustomize', folder], { encoding: 'utf8', stdio: 'pipe' });
}

function isRecent(): boolean {
  const said = execFileSync(KUBECTL.command, ['version', '--client'], { encoding: 'utf8', stdio: 'pipe' });
  return Number(/^Kustomize Version: v(\d+)/m.exec(said)?.[1]) >= 5;
}

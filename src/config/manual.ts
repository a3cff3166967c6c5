import { LISTENER_OPTIONS } from './listener-options.ts';
import { flagOf, type ListenerOption, type Role, variableOf } from './option.ts';
import { PROCESS_OPTIONS, type ProcessOption } from './process-options.ts';
import type { ValueType } from './value-type.ts';

/** The manual's table of a listener's options, as Markdown without a newline at its end. */
export function listenerManual(): string {
  return table(
    ['flag', 'values', 'edge', 'sidecar', ''],
    Object.entries<ListenerOption<unknown>>(LISTENER_OPTIONS).map(([key, option]) => [
      `\`${flagOf(key)}\``,
      option.type.values,
      listenerDefault(option, 'edge'),
      listenerDefault(option, 'sidecar'),
      option.text,
    ]),
  );
}

/** The manual's table of the options of the process. */
export function processManual(): string {
  return table(
    ['flag', 'variable', 'values', 'default', ''],
    Object.entries<ProcessOption<unknown>>(PROCESS_OPTIONS).map(([key, option]) => [
      `\`${flagOf(key)}\``,
      `\`${variableOf(key)}\``,
      option.type.values,
      processDefault(option),
      option.text,
    ]),
  );
}

/** The default of a listener's option in Markdown. */
export function listenerDefault(option: ListenerOption<unknown>, role: Role): string {
  const standard = option[role];
  if (standard !== null) return standardText(option.type, standard);
  return option.unset === undefined ? 'required' : option.unset.text;
}

/** The default of an option of the process in Markdown. */
export function processDefault({ type, usual, inCluster, unset }: ProcessOption<unknown>): string {
  if (usual === null) return unset?.text ?? 'required';
  const text = standardText(type, usual);
  return inCluster === undefined ? text : `${text}; in a cluster ${standardText(type, inCluster)}`;
}

function standardText({ arity }: ValueType<unknown>, text: string): string {
  return arity === 'flag' ? 'off' : `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

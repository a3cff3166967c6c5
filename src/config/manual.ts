import { GATEWAY_OPTIONS } from './gateway-table.ts';
import { LISTENER_OPTIONS } from './listener-options.ts';
import { flagOf, type HELP_GROUPS, type ListenerOption, type Option, type Role } from './option.ts';
import { PROCESS_OPTIONS, type ProcessOption } from './process-options.ts';
import type { ValueType } from './value-type.ts';

type HelpGroup = (typeof HELP_GROUPS)[number];

/** The manual's table of a listener's options under one heading of `--help`, as Markdown without a newline at its end. */
export function listenerManual(group: HelpGroup): string {
  const options = Object.entries<ListenerOption<unknown>>(LISTENER_OPTIONS);
  return optionTable(
    group,
    options.map(([key, option]) => ({ key, option, standard: roleDefaults(option) })),
  );
}

/** The same for the options of the process. */
export function processManual(group: HelpGroup): string {
  return processTable(group, PROCESS_OPTIONS);
}

/** The same for the options of a gateway. */
export function gatewayManual(group: HelpGroup): string {
  return processTable(group, GATEWAY_OPTIONS);
}

function processTable(group: HelpGroup, table: { readonly [key: string]: ProcessOption<unknown> }): string {
  const options = Object.entries(table);
  return optionTable(
    group,
    options.map(([key, option]) => ({ key, option, standard: processDefault(option) })),
  );
}

interface OptionRow {
  readonly key: string;
  readonly option: Option<unknown>;
  readonly standard: string;
}

function optionTable(group: HelpGroup, rows: readonly OptionRow[]): string {
  return table(
    ['flag', 'values', 'default', 'meaning'],
    rows
      .filter(({ option }) => option.group === group)
      .map(({ key, option, standard }) => [`\`${flagOf(key)}\``, option.type.values, standard, option.text]),
  );
}

/** One default for both commands, or each with its own. */
function roleDefaults(option: ListenerOption<unknown>): string {
  const [edge, sidecar] = [listenerDefault(option, 'edge'), listenerDefault(option, 'sidecar')];
  return edge === sidecar ? edge : `edge ${edge}, sidecar ${sidecar}`;
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

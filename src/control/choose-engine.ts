import { type EngineLack, lackOf } from '../plan/engine.ts';
import type { ListenerPlan } from '../plan/plan.ts';
import { StartError } from '../plan/start-error.ts';
import { type EngineKind, type EnginePreference, kindsOf } from './engine-kinds.ts';

/** What an engine is chosen by, besides the listener. */
export interface EngineSearch {
  readonly preference: EnginePreference;
  readonly platform: string;
  readonly kinds: readonly EngineKind[];
  /** Kinds that could not be started here, with the error. */
  readonly failed: ReadonlyMap<EngineKind, Error>;
}

export interface EngineChoice {
  readonly kind: EngineKind;
  /** Why it is this one: a clause for the log. */
  readonly why: string;
}

/**
 * The first kind, of those that `--engine` allows, that has what the listener needs and that this machine can run. Throws
 * a `StartError` if there is none.
 */
export function chooseEngine(listener: ListenerPlan, search: EngineSearch): EngineChoice {
  const { preference, platform, failed } = search;
  const lacking: { readonly kind: EngineKind; readonly lack: EngineLack }[] = [];
  let unavailable: Unavailable | null = null;
  for (const kind of kindsOf(preference, search.kinds)) {
    const lack = lackOf(kind, listener);
    const error = failed.get(kind);
    if (lack !== null) lacking.push({ kind, lack });
    else if (kind.platform !== null && kind.platform !== platform)
      unavailable ??= { kind, why: `there is no ${kind.name} on ${platform}` };
    else if (error !== undefined)
      unavailable ??= { kind, why: `the ${kind.name} engine cannot be had here: ${error.message}`, error };
    else return { kind, why: unavailable?.why ?? whyNow(kind, listener, preference, lacking[0]?.lack) };
  }
  if (unavailable !== null) {
    const { kind, why, error } = unavailable;
    const needs = `listener "${listener.name}" needs the ${kind.name} engine, and `;
    throw new StartError('engine_unavailable', `${preference === 'auto' ? needs : ''}${why}`, error);
  }
  const { code, text } = lacking[0]!.lack;
  const names = lacking.map(({ kind }) => kind.name).join(', ');
  const engines = lacking.length > 1 ? `none of the engines ${names} can` : `the ${names} engine cannot`;
  throw new StartError(code, `listener "${listener.name}": ${engines} ${text}`);
}

interface Unavailable {
  readonly kind: EngineKind;
  readonly why: string;
  readonly error?: Error;
}

/** Why this kind, if all before it, if any, lack what the listener needs. */
function whyNow(
  kind: EngineKind,
  { presentation, listen }: ListenerPlan,
  preference: EnginePreference,
  lack: EngineLack | undefined,
): string {
  if (lack?.code === 'presentation_unavailable') return `it presents clients as ${presentation.form}`;
  if (lack?.code === 'transport_unavailable') return `it listens on ${listen.kind}`;
  if (preference !== 'auto') return 'it was asked for';
  return kind.platform === 'linux' ? 'this is Linux' : 'it runs on any platform';
}

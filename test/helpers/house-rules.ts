import { posix } from 'node:path';
import { type Import, importsOf, readSource } from './read-source.ts';

// How a source file is held to the house: by the table of rooms, and by the rules that every file keeps.

export interface Room {
  readonly rooms: readonly string[];
  /** Rooms of which only types may be imported. */
  readonly types?: readonly string[];
  readonly outside: readonly string[];
}

/** What a room needs beyond the table. */
export interface Allowance {
  readonly room: string;
  readonly needs: string;
  readonly why: string;
}

export interface House {
  readonly rooms: { readonly [room: string]: Room };
  readonly beyond: readonly Allowance[];
  /** What rooms may take of `node:process`, by name. */
  readonly ofProcess: { readonly [room: string]: readonly string[] };
  /** The only files that may be made of re-exports alone. */
  readonly faces: readonly string[];
}

/** Buffer, timers and crypto are free. */
const FREE = ['node:crypto', 'node:buffer', 'node:timers'];
const MAX_LINES = 300;
const VAGUE = /^(?:utils?|helpers?|common|types?|misc|shared)\.ts$/;

/** The global, and no variable or key of that name. */
function usesProcess(path: string, code: string): boolean {
  if (path === 'main.ts') return false;
  const rest = path.startsWith('linux/') ? code.replace(/\bprocess\.(?:platform|arch)\b/g, '') : code;
  if (/\bglobal(?:This)?\s*\.\s*process\b/.test(rest)) return true;
  const members = [...rest.matchAll(/(?<![.\w$#])process\s*\??\.\s*(\w+)/g)];
  if (members.some(([, member]) => member! in process)) return true;
  const isDeclared =
    /\b(?:const|let)\s+process\b|\bconst\s*\{[^}]*\bprocess\b[^}]*\}\s*=|[(,]\s*process\s*\??:/;
  if (isDeclared.test(rest)) return false;
  return /(?<![.\w$#])process\b/.test(rest.replace(/(?:[{,;(]|\breadonly)\s*process\s*\??\s*:/g, ''));
}

/** The checks of one file, given by its path below src. */
export function houseRules({ rooms, beyond: allowances, ofProcess, faces }: House) {
  const beyond = (room: string) => allowances.filter((each) => each.room === room).map(({ needs }) => needs);

  /** The room of a path below src: a folder, one engine, a folder within one that has a row of its own, or a file at the top. */
  function roomOf(path: string): string {
    const parts = path.split('/');
    const inner = parts.slice(0, 2).join('/');
    return parts[0] === 'engine' || rooms[inner] !== undefined ? inner : parts[0]!;
  }

  /** What the import needs that the room has not: its name, or undefined where all is well. */
  function missing(
    path: string,
    { of, typeOnly, names }: Import,
    besides: readonly string[],
  ): string | undefined {
    const room = roomOf(path);
    const allowed = rooms[room];
    if (allowed === undefined) return undefined;
    if (of === null) return 'an import whose name is computed';
    if (of.startsWith('.')) {
      const to = roomOf(posix.join(posix.dirname(path), of));
      const may = [room, ...allowed.rooms, ...(typeOnly ? (allowed.types ?? []) : []), ...besides];
      return may.includes(to) ? undefined : to;
    }
    if (of === 'node:process' && names !== null) {
      return names.every((name) => ofProcess[room]?.includes(name)) ? undefined : of;
    }
    const module = of.replace(/^(node:[^/]+)\/.*$/, '$1');
    return [...allowed.outside, ...FREE, ...besides].includes(module) ? undefined : module;
  }

  function problemsOf(path: string, text: string): string[] {
    const source = readSource(text);
    const name = posix.basename(path);
    const left = source.code.replace(/\b(?:import|export)\s+[^;"()]*\bfrom\s*"\d+";?/g, '').trim();
    const rules: readonly (readonly [broken: boolean, problem: string])[] = [
      [rooms[roomOf(path)] === undefined, 'in no room of the table'],
      [usesProcess(path, source.code), 'the global process'],
      [text.split('\n').length > MAX_LINES + 1, `over ${MAX_LINES} lines`],
      [
        !path.split('/').every((part) => /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.ts)?$/.test(part)),
        'not in kebab-case',
      ],
      [VAGUE.test(name), 'a name that says nothing'],
      [left === '' && !faces.includes(path), 'a barrel'],
      [name === 'index.ts' && !faces.includes(path), 'an index that is no face of the package'],
      [/(?<![.\w$])enum\s+\w+\s*\{/.test(source.code), 'an enum'],
      [/(?<![.\w$])(?:namespace|module)\s+[\w.]+\s*\{/.test(source.code), 'a namespace'],
    ];
    return [
      ...importsOf(source).flatMap((each) => missing(path, each, beyond(roomOf(path))) ?? []),
      ...rules.filter(([broken]) => broken).map(([, problem]) => problem),
    ];
  }

  return { roomOf, beyond, missing, problemsOf };
}

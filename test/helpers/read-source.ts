// What a test of the architecture has to know of a source: its imports, and its code without comments and text.

export interface Source {
  /** Without comments, patterns and text; each quoted string is `"its number"`. */
  readonly code: string;
  readonly strings: readonly string[];
}

const BEFORE_PATTERN = /(?:^|[(,=:[!&|?{};+*%<>~^-]|\b(?:return|typeof|case|in|of))\s*$/;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y;
const PATTERN = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;

/** Reads TypeScript as far as comments, strings, templates and patterns go. */
export function readSource(text: string): Source {
  const strings: string[] = [];
  /** Braces that are open inside of each template that is open. */
  const templates: number[] = [];
  let code = '';
  let at = 0;
  const eat = (what: RegExp): string => {
    what.lastIndex = at;
    const match = what.exec(text)?.[0] ?? '';
    at += match.length;
    return match;
  };
  const template = () => {
    if (eat(TEMPLATE).endsWith('{')) templates.push(0);
    code += '``';
  };
  while (at < text.length) {
    const string = eat(STRING);
    if (string !== '') code += `"${strings.push(string.slice(1, -1)) - 1}"`;
    else if (eat(COMMENT) !== '') code += ' ';
    else if (text[at] === '/' && BEFORE_PATTERN.test(code.slice(-40)) && eat(PATTERN) !== '') code += '/./';
    else {
      const char = text[at++]!;
      if (char === '`') template();
      else if (char === '}' && templates.at(-1) === 0) {
        templates.pop();
        template();
      } else {
        if (char === '{' && templates.length > 0) templates[templates.length - 1]! += 1;
        if (char === '}' && templates.length > 0) templates[templates.length - 1]! -= 1;
        code += char;
      }
    }
  }
  return { code, strings };
}

export interface Import {
  /** null: the name is computed, so that nobody can tell. */
  readonly of: string | null;
  readonly typeOnly: boolean;
  /** What of it, where that is a list of names; null: all of it. */
  readonly names: readonly string[] | null;
}

/** All that the source imports or exports again, types too, by `import`, `export`, `import()` and `require()`. */
export function importsOf({ code, strings }: Source): Import[] {
  const named = [...code.matchAll(/\b(?:import|export)\s+(type\s)?([^;"()]*?)\bfrom\s*"(\d+)"/g)];
  const bare = [...code.matchAll(/\bimport\s*"(\d+)"/g)];
  const called = [...code.matchAll(/(?<![.\w$#])(?:import|require)\s*\(\s*(?:"(\d+)"\s*\))?/g)];
  return [
    ...named.map(([, type, what, index]) => ({
      of: strings[Number(index)]!,
      typeOnly: type !== undefined,
      names: namesOf(what!),
    })),
    ...bare.map(([, index]) => ({ of: strings[Number(index)]!, typeOnly: false, names: null })),
    ...called.map(([, index]) => ({
      of: index === undefined ? null : strings[Number(index)]!,
      typeOnly: false,
      names: null,
    })),
  ];
}

function namesOf(what: string): readonly string[] | null {
  const list = /^\{([^}]*)\}\s*$/.exec(what)?.[1];
  if (list === undefined) return null;
  const parts = list.split(',').map((part) => part.trim().replace(/^type\s+/, ''));
  return parts.filter(Boolean).map((part) => part.split(/\s+as\s+/)[0]!);
}

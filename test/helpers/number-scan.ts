import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/*
 * Looks through source text for what could make a binary float of money. A money string becomes a number only where
 * one of these stands; the compiler refuses arithmetic on strings and on Decimal. It reads tokens, not lines, so that
 * comments, strings and regular expressions may say what they like.
 */

/** What is looked for. */
export type NumberUse =
  /** `Number(`, `Number` handed on as a function, `Number.parseInt`, `parseInt`; not its tests and constants. */
  | 'Number'
  /** `parseFloat`, wherever it comes from. */
  | 'parseFloat'
  /** A decimal turned into a float. */
  | 'toNumber'
  /** `+text`. */
  | 'unary plus'
  /** `*`, `/`, `%`, `**` and their assignments. */
  | 'arithmetic'
  /** `Math.` anything but `max` and `min`, which give back what they are given. */
  | 'Math'
  /** `0.5`, `1e3`: a float by its spelling. */
  | 'float literal'
  /** `as number`. */
  | 'as number';

export interface Finding {
  /** Path below the folder that was searched. */
  readonly file: string;
  readonly line: number;
  readonly use: NumberUse;
}

interface Token {
  readonly kind: 'word' | 'number' | 'punctuation' | 'text';
  readonly text: string;
  readonly line: number;
}

const SPACE = /\s+/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const REGULAR_EXPRESSION = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const NUMBER = /0[xob][\da-f_]+n?|(?:\d[\d_]*)(?:\.[\d_]*)?(?:e[+-]?\d+)?n?|\.\d[\d_]*(?:e[+-]?\d+)?/iy;
const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$]*/uy;
const PUNCTUATION = /\*\*=|\*\*|[*/%+-]=|\+\+|--|=>|\?\.(?!\d)|[^\s\w]/y;

/** Words after which an expression begins, so that a slash begins a regular expression and a plus is unary. */
const BEFORE_EXPRESSION = new Set(
  'return typeof case in of do else void delete throw new yield await extends default instanceof'.split(' '),
);

function beginsExpression(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === 'word') return BEFORE_EXPRESSION.has(previous.text);
  return previous.kind === 'punctuation' && ![')', ']', '}', '++', '--'].includes(previous.text);
}

/** The tokens of a TypeScript text; those within the substitutions of a template among them. */
function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  /** For each template that is open: how many braces are open within its present substitution. */
  const templates: number[] = [];
  let at = 0;
  let line = 1;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0] ?? null;
    if (found !== null) {
      at += found.length;
      line += found.split('\n').length - 1;
    }
    return found;
  };
  const templateText = (): void => {
    const text = take(/(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y) ?? '';
    tokens.push({ kind: 'text', text, line });
    if (source.startsWith('${', at)) {
      at += 2;
      templates.push(0);
      tokens.push({ kind: 'punctuation', text: '(', line });
    } else at += 1;
  };
  while (at < source.length) {
    if (take(SPACE) !== null || take(COMMENT) !== null) continue;
    const begun = line;
    const previous = tokens.at(-1);
    const push = (kind: Token['kind'], text: string | null): boolean => {
      if (text !== null) tokens.push({ kind, text, line: begun });
      return text !== null;
    };
    if (push('text', take(STRING))) continue;
    if (source[at] === '`') {
      at += 1;
      templateText();
      continue;
    }
    if (source[at] === '/' && beginsExpression(previous) && push('text', take(REGULAR_EXPRESSION))) continue;
    if (push('number', take(NUMBER)) || push('word', take(WORD))) continue;
    const open = templates.at(-1);
    if (open === 0 && source[at] === '}') {
      at += 1;
      templates.pop();
      tokens.push({ kind: 'punctuation', text: ')', line });
      templateText();
      continue;
    }
    const sign = take(PUNCTUATION) ?? source.slice(at, ++at);
    if (open !== undefined && sign === '{') templates[templates.length - 1] = open + 1;
    if (open !== undefined && sign === '}') templates[templates.length - 1] = open - 1;
    push('punctuation', sign);
  }
  return tokens;
}

const ARITHMETIC = new Set(['*', '/', '%', '**', '*=', '/=', '%=', '**=']);
/** A star after one of these makes a generator or names a whole module. */
const BEFORE_OTHER_STAR = new Set([
  'function',
  'yield',
  'import',
  'export',
  'type',
  'async',
  '{',
  '}',
  ';',
  ',',
]);

function useAt(tokens: readonly Token[], at: number): NumberUse | null {
  const token = tokens[at];
  const previous = tokens[at - 1];
  const next = tokens[at + 1]?.text;
  const afterNext = tokens[at + 2]?.text ?? '';
  if (token === undefined) return null;
  const { kind, text } = token;
  if (kind === 'number') {
    const float = !/^0x/i.test(text) && /[.e]/i.test(text);
    return float ? 'float literal' : null;
  }
  if (kind === 'word') {
    if (text === 'parseFloat' || text === 'toNumber') return text;
    if (text === 'parseInt') return tokens[at - 2]?.text === 'Number' ? null : 'Number';
    if (text === 'Math') return next === '.' && /^(?:max|min)$/.test(afterNext) ? null : 'Math';
    if (text === 'number' && previous?.text === 'as') return 'as number';
    if (text === 'Number') return next === '.' && /^(?:is[A-Z]|[A-Z_]+$)/.test(afterNext) ? null : 'Number';
    return null;
  }
  if (kind !== 'punctuation') return null;
  if (text === '+' && beginsExpression(previous)) return 'unary plus';
  if (text === '*' && BEFORE_OTHER_STAR.has(previous?.text ?? ';')) return null;
  return ARITHMETIC.has(text) ? 'arithmetic' : null;
}

/** Every use in one text. */
export function scanText(source: string, file: string): readonly Finding[] {
  const tokens = tokensOf(source);
  return tokens.flatMap(({ line }, at) => {
    const use = useAt(tokens, at);
    return use === null ? [] : [{ file, line, use }];
  });
}

/** Every use in the TypeScript files of a folder and the folders in it. */
export function scanFolder(folder: string): readonly Finding[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .flatMap((path) => scanText(readFileSync(path, 'utf8'), relative(folder, path).replaceAll('\\', '/')));
}

import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { freePort, ROOT, temporaryDirectory } from './process.ts';

/** A fenced block of a page. */
export interface Block {
  /** Where it stands, as file:line. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
  /** Why no test runs it, as its first line says to the reader too; null where a test does. */
  readonly untested: string | null;
  /** What the block before it prints. */
  readonly isAnswer: boolean;
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;
const UNTESTED = /^# Not tested: (.+)$/m;
const ANSWER_LANGUAGES = ['json', 'text'];

/** The fenced blocks of a Markdown page, in their order. Only blank lines stand between a block and its answer. */
export function blocksOf(page: string, markdown: string): readonly Block[] {
  let end = 0;
  return [...markdown.matchAll(FENCE)].map(({ 0: whole, 1: language = '', 2: text = '', index }) => {
    const isAnswer =
      ANSWER_LANGUAGES.includes(language) && end > 0 && markdown.slice(end, index).trim() === '';
    end = index + whole.length;
    const untested = UNTESTED.exec(text.split('\n', 1)[0] ?? '')?.[1] ?? null;
    const line = markdown.slice(0, index).split('\n').length;
    return { place: `${page}:${line}`, language, text, untested, isAnswer };
  });
}

/** What a block did when a reader ran it. */
export interface Run {
  readonly place: string;
  readonly stdout: string;
  readonly stderr: string;
  /** Null where a block before it ended the shell. */
  readonly exitCode: number | null;
  /** The status of each answer that curl got. */
  readonly statuses: readonly number[];
}

const PUBLISHED_ADDRESS = 'localhost:3000';

// `npm ci` has been done. `npm start` holds a reader's terminal until it is ended: here it runs beside the shell.
const PRELUDE = `set -euo pipefail
npm() {
  case "$1" in
    ci) ;;
    start)
      command npm start >server.log 2>&1 &
      for _ in $(seq 300); do
        "$REAL_CURL" -sf "localhost:$PORT/health/ready" >ready.log && return
        sleep 0.1
      done
      cat server.log >&2
      return 1 ;;
    *) command npm "$@" ;;
  esac
}
`;

const CURL = `#!/bin/sh
exec "$REAL_CURL" --dump-header "$(mktemp "$HEADERS/XXXXXXXX")" "$@"
`;

/**
 * Runs blocks as a reader would: in one shell, one after another, in a checkout without a ledger. The service is started
 * first where no block starts it.
 */
export async function runBlocks(t: Pick<Test, 'after'>, blocks: readonly Block[]): Promise<readonly Run[]> {
  const directory = temporaryDirectory(t);
  const checkout = join(directory, 'checkout');
  const notes = join(directory, 'notes');
  const programs = join(directory, 'programs');
  for (const made of [checkout, notes, programs]) mkdirSync(made);
  for (const name of readdirSync(ROOT)) {
    if (!['.git', 'data'].includes(name)) symlinkSync(join(ROOT, name), join(checkout, name));
  }
  writeFileSync(join(programs, 'curl'), CURL);
  chmodSync(join(programs, 'curl'), 0o755);

  const port = await freePort();
  const address = `localhost:${port}`;
  const script = blocks.map(({ text }, number) => {
    const block = join(notes, `${number}.sh`);
    writeFileSync(block, text.replaceAll(PUBLISHED_ADDRESS, address));
    mkdirSync(join(notes, `${number}.headers`));
    return [
      `export HEADERS=${notes}/${number}.headers`,
      `. ${block} >${notes}/${number}.out 2>${notes}/${number}.err`,
      `echo 0 >${notes}/${number}.code`,
    ].join('\n');
  });
  const starts = blocks.some(({ text }) => /\bnpm start\b/.test(text));
  writeFileSync(join(notes, 'page.sh'), `${PRELUDE}${starts ? '' : 'npm start\n'}${script.join('\n')}\n`);
  const shell = spawn('bash', [join(notes, 'page.sh')], {
    cwd: checkout,
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: `${programs}:${process.env.PATH}`,
      HOME: process.env.HOME,
      PORT: String(port),
      RATES_SYNC: 'off',
      REAL_CURL: realCurl(),
    },
  });
  const exitCode = await new Promise<number | null>((resolve) => shell.once('exit', resolve));
  try {
    // The server, which the shell started.
    if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL');
  } catch {
    // No block came so far as to start it.
  }

  const read = (name: string): string =>
    existsSync(join(notes, name))
      ? readFileSync(join(notes, name), 'utf8').replaceAll(address, PUBLISHED_ADDRESS)
      : '';
  return blocks.map(({ place }, number) => {
    const ran = existsSync(join(notes, `${number}.out`));
    const headers = readdirSync(join(notes, `${number}.headers`));
    return {
      place,
      stdout: read(`${number}.out`).replaceAll('\r', ''),
      stderr: read(`${number}.err`),
      exitCode: read(`${number}.code`) === '' ? (ran ? exitCode : null) : 0,
      statuses: headers.map((name) => statusOf(read(`${number}.headers/${name}`))),
    };
  });
}

function realCurl(): string {
  const directory = (process.env.PATH ?? '').split(':').find((part) => existsSync(join(part, 'curl')));
  return join(directory ?? '', 'curl');
}

/** The status of the last answer whose headers are given: an interim `100 Continue` may come before it. */
function statusOf(headers: string): number {
  return Number([...headers.matchAll(/^HTTP\/\S+ (\d{3})/gm)].at(-1)?.[1] ?? 0);
}

/** Whether what a block printed is what the page shows: as JSON, or as text. `…` stands for anything. */
export function isShown(shown: Block, printed: string): boolean {
  if (shown.language !== 'json') return matches(shown.text.trim(), printed.trim());
  const [expected, actual] = [jsonValues(shown.text), jsonValues(printed)];
  return expected.length === actual.length && expected.every((value, at) => equals(value, actual[at]));
}

/** JSON values that follow one another, as jq prints them: each ends with its line. */
function jsonValues(text: string): readonly unknown[] {
  const values: unknown[] = [];
  let open = '';
  for (const line of text.split('\n')) {
    open += `${line}\n`;
    try {
      values.push(JSON.parse(open));
      open = '';
    } catch {
      // It goes on in the next line.
    }
  }
  if (open.trim() !== '') values.push({ 'no JSON': open });
  return values;
}

function equals(shown: unknown, printed: unknown): boolean {
  if (typeof shown === 'string') return typeof printed === 'string' && matches(shown, printed);
  if (shown === null || typeof shown !== 'object') return shown === printed;
  if (printed === null || typeof printed !== 'object' || Array.isArray(shown) !== Array.isArray(printed))
    return false;
  const [one, other] = [shown, printed] as Record<string, unknown>[];
  const names = Object.keys(one ?? {});
  return (
    names.length === Object.keys(other ?? {}).length &&
    names.every((name) => name in (other ?? {}) && equals(one?.[name], other?.[name]))
  );
}

function matches(shown: string, printed: string): boolean {
  const pattern = shown.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${pattern.join('[\\s\\S]*?')}$`, 'u').test(printed);
}

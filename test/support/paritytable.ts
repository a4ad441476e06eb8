/** A row of docs/parity.md: a test of the upstream node, and what stands for it here. */
export interface ParityRow {
  /** Where it stands in engine.md, as `11.3.7`. */
  readonly line: string;
  readonly behaviour: string;
  /** Set when there can be no such test here: why. */
  readonly reason: string | undefined;
  readonly tests: readonly { readonly path: string; readonly name: string }[];
}

/** The text of a file by its path from the root; undefined when there is none. */
export type ReadFile = (path: string) => string | undefined;

export function rowsOf(document: string): ParityRow[] {
  return [...document.matchAll(ROW)].map(([, line = '', behaviour = '', cell = '']) => ({
    line,
    behaviour: behaviour.trim(),
    ...partsOf(cell.replaceAll('\\|', '|').trim()),
  }));
}

/** What is wrong with the rows, one sentence each. */
export function faultsOf(rows: readonly ParityRow[], readFile: ReadFile): string[] {
  return rows.flatMap((row) => rowFaults(row, readFile).map((fault) => `${row.line}: ${fault}`));
}

export function countsOf(rows: readonly ParityRow[]): { tested: number; inapplicable: number } {
  const inapplicable = rows.filter(({ reason }) => reason !== undefined).length;
  return { tested: rows.length - inapplicable, inapplicable };
}

const ROW = /^\| *(\d+\.\d+\.\d+) *\|((?:[^|\\]|\\.)*)\|((?:[^|\\]|\\.)*)\|$/gm;
const REFERENCE = /(test\/[\w./-]+) › (.*?)(?=<br>|$)/g;
const INAPPLICABLE = 'does not apply';

function partsOf(cell: string): Pick<ParityRow, 'reason' | 'tests'> {
  const tests = [...cell.matchAll(REFERENCE)].map(([, path = '', name = '']) => ({
    path,
    name: name.trim(),
  }));
  if (!cell.startsWith(INAPPLICABLE)) return { reason: undefined, tests };
  return { reason: cell.slice(INAPPLICABLE.length).replaceAll(REFERENCE, '').trim(), tests };
}

function rowFaults({ behaviour, reason, tests }: ParityRow, readFile: ReadFile): string[] {
  if (behaviour === '') return ['says nothing'];
  if (reason === undefined && tests.length === 0) return ['neither a test nor a reason'];
  if (reason !== undefined && !/\w+\W+\w+\W+\w+/.test(reason)) return ['no reason'];
  return tests.flatMap(({ path, name }) => testFault(name, path, readFile(path)) ?? []);
}

function testFault(name: string, path: string, source: string | undefined): string | undefined {
  const isRun = /\.(?:test|slow|long)\.tsx?$|^test\/support\/\w*suite\.ts$/.test(path);
  if (!isRun) return `neither run nor a suite: ${path}`;
  if (source === undefined) return `no such file: ${path}`;
  return hasTest(source, name) ? undefined : `no test of this name in ${path}: ${name}`;
}

/** The name is the first argument of `it` or `test`, or of what `each` of them gave. */
function hasTest(source: string, name: string): boolean {
  const code = source.replaceAll(/^\s*\/\/.*$/gm, '');
  const literal = name.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?:(?<![.\w])(?:it|test)|\)|\x60)\(\s*(['"\x60])${literal}\1,`).test(code);
}

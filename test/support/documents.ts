import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testNamesIn } from './test-names.ts';

const root = join(import.meta.dirname, '..', '..');

/** A file of the package, by its path from the top. */
export function readFromTop(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The rows of all tables in a Markdown text, cell by cell, without their heads. */
export function tableRows(markdown: string): string[][] {
  const lines = markdown.split('\n');
  const isRule = (line: string | undefined) => line !== undefined && /^\|[\s|:-]+\|$/.test(line);
  return lines
    .filter((line, at) => line.startsWith('|') && !isRule(line) && !isRule(lines[at + 1]))
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/))
    .map((cells) => cells.map((cell) => cell.trim()));
}

/**
 * What is wrong with a cell that names tests, each as its file in backquotes, a colon and the end of its name as
 * Jest prints it, several apart by `<br>`. Nothing where every one of them is a test that runs.
 */
export function faultsOfEvidence(cell: string): string[] {
  return cell.split('<br>').flatMap((part) => {
    const { file, title } = /^\s*`(?<file>test\/\S+)`: (?<title>\S.*?)\s*$/.exec(part)?.groups ?? {};
    if (file === undefined || title === undefined) return [`names no test: ${part}`];
    if (!existsSync(join(root, file))) return [`there is no file ${file}`];
    const isThere = namesIn(file).some((name) => name === title || name.endsWith(` ${title}`));
    return isThere ? [] : [`there is no test in ${file}: ${title}`];
  });
}

const known = new Map<string, readonly string[]>();

function namesIn(file: string): readonly string[] {
  const names = known.get(file) ?? testNamesIn(readFromTop(file));
  known.set(file, names);
  return names;
}

/**
 * Counts the requirements of the specification, so that the table in `docs/requirements.md` can be held against
 * it: `node test/support/requirements-index.ts CLONE`, where CLONE is a clone of the specification's repository,
 * writes `docs/requirements-index.json`.
 *
 * The rule: every occurrence of a keyword in capitals is one requirement of the section that it stands in, the
 * section being the nearest heading above. "MUST NOT" and "SHOULD NOT" are one keyword each. The sections on
 * conventions, which only list the keywords, are left out.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** The keywords, as RFC 2119 has them. */
export const levels = ['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY'] as const;
/** One of the keywords. */
export type Level = (typeof levels)[number];

/** How often each keyword stands in a section. */
export type LevelCounts = Readonly<Partial<Record<Level, number>>>;

/** The file that this script writes. */
export interface RequirementsIndex {
  /** The repository on GitHub, and the commit that was counted. */
  readonly repository: string;
  readonly commit: string;
  /** By file, below the specification's folder, and by the anchor of the section. */
  readonly files: Readonly<Record<string, Readonly<Record<string, LevelCounts>>>>;
}

const repository = 'awslabs/aws-encryption-sdk-specification';
const folder = 's3-encryption/';
const conventions = 'conventions-used-in-this-document';

/** The keywords of one file, counted by the anchor of their section; sections without any are left out. */
export function countKeywords(markdown: string): Record<string, LevelCounts> {
  const sections: Record<string, LevelCounts> = {};
  const seen = new Map<string, number>();
  for (const section of markdown.split(/^(?=#{1,6} )/m)) {
    const [, title] = /^#{1,6} +(.+)/.exec(section) ?? [];
    if (title === undefined) continue;
    const slug = slugOf(title);
    const earlier = seen.get(slug) ?? 0;
    seen.set(slug, earlier + 1);
    if (slug === conventions) continue;
    const counts = countIn(section);
    if (Object.keys(counts).length > 0) sections[earlier === 0 ? slug : `${slug}-${earlier}`] = counts;
  }
  return sections;
}

function countIn(text: string): LevelCounts {
  const counts: Partial<Record<Level, number>> = {};
  for (const [keyword] of text.matchAll(/\b(?:(?:MUST|SHOULD)(?:\s+NOT)?|MAY)\b/g)) {
    const level = keyword.replace(/\s+/, ' ') as Level;
    counts[level] = (counts[level] ?? 0) + 1;
  }
  return counts;
}

/** The anchor that GitHub gives a heading. */
function slugOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}

function indexOf(clone: string): RequirementsIndex {
  const git = (...parameters: string[]) =>
    execFileSync('git', ['-C', clone, ...parameters], { encoding: 'utf8' });
  const paths = git('ls-tree', '-r', '--name-only', 'HEAD', folder).split('\n');
  const files = paths
    .filter((path) => path.endsWith('.md'))
    .map((path) => [path.slice(folder.length), countKeywords(git('show', `HEAD:${path}`))] as const)
    .filter(([, sections]) => Object.keys(sections).length > 0);
  return { repository, commit: git('rev-parse', 'HEAD').trim(), files: Object.fromEntries(files) };
}

/** JSON with one section on a line. */
function print({ files, ...rest }: RequirementsIndex): string {
  const section = ([anchor, counts]: [string, LevelCounts]) =>
    `      ${JSON.stringify(anchor)}: ${JSON.stringify(counts)
      .replaceAll(/([{:,])/g, '$1 ')
      .replace('}', ' }')}`;
  const file = ([path, sections]: [string, Readonly<Record<string, LevelCounts>>]) =>
    `    ${JSON.stringify(path)}: {\n${Object.entries(sections).map(section).join(',\n')}\n    }`;
  const head = Object.entries(rest).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  );
  return `{\n${head.join('')}  "files": {\n${Object.entries(files).map(file).join(',\n')}\n  }\n}\n`;
}

if (import.meta.main) {
  const [, , clone] = process.argv;
  if (clone === undefined) throw new Error('name a clone of the repository of the specification');
  writeFileSync(new URL('../../docs/requirements-index.json', import.meta.url), print(indexOf(clone)));
}

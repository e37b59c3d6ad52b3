import { execFile } from 'node:child_process';

/** One command of a transcript, and what it is expected to print, on both outputs together. */
export interface Step {
  readonly heading: string;
  readonly line: number;
  readonly command: string;
  readonly expected: string;
}

/** How steps are run. */
export interface Shell {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The steps of a Markdown page: in its `console` blocks a line that begins with `$ ` is a command for bash, and
 * what follows it is its output; `[2]` at the end is an exit code that is not 0.
 */
export function stepsOf(page: string): Step[] {
  const steps: { heading: string; line: number; command: string; expected: string[] }[] = [];
  let heading = '';
  let isConsole = false;
  for (const [index, text] of page.split('\n').entries()) {
    if (text.startsWith('```')) isConsole = text === '```console';
    else if (!isConsole && text.startsWith('#')) heading = text.replace(/^#+ /, '');
    else if (isConsole && text.startsWith('$ ')) {
      steps.push({ heading, line: index + 1, command: text.slice(2), expected: [] });
    } else if (isConsole) steps.at(-1)?.expected.push(text);
  }
  return steps.map((step) => ({ ...step, expected: step.expected.join('\n') }));
}

/** Runs one command, and tells what it printed, as a transcript has it. */
export async function runStep(
  { command }: Pick<Step, 'command'>,
  { folder, environment }: Shell,
): Promise<string> {
  const { output, code } = await new Promise<{ output: string; code: number }>((resolve) => {
    const child = execFile(
      'bash',
      ['-c', `set -o pipefail; { ${command}\n} 2>&1`],
      { cwd: folder, env: environment, maxBuffer: 2 ** 24 },
      (_error, stdout) => {
        resolve({ output: stdout, code: child.exitCode ?? -1 });
      },
    );
    child.stdin?.end();
  });
  const text = output.replace(/\n$/, '');
  return [...(text === '' ? [] : [steady(text)]), ...(code === 0 ? [] : [`[${code}]`])].join('\n');
}

/** What differs from run to run, by a name for it. */
function steady(output: string): string {
  return output
    .replace(/arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-f-]{36}/g, 'KEY_ARN')
    .replace(/\b[0-9a-f]{64}\b/g, 'DIGEST')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UUID')
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME');
}

import tab from '@bomb.sh/tab/commander';
import { setImmediate } from 'node:timers/promises';
import { Command, CommanderError } from 'commander';
import { version } from '../aws/index.ts';
import { describeFailure, reportFailure } from './failure.ts';
import { hasCode, toFileError } from './files/file-errors.ts';
import type { Io } from './io.ts';
import { UsageError } from './usage-error.ts';
import { inspectVerb } from './verbs/inspect.ts';
import { keysVerb } from './verbs/keys.ts';
import { openVerb } from './verbs/open.ts';
import { sealVerb } from './verbs/seal.ts';
import { verifyVerb } from './verbs/verify.ts';

/**
 * Runs one command line.
 *
 * @param args - without the program's own name
 * @returns the exit code: 0 done, 1 failed, 2 used wrongly, 3 a verification found something
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    // Standard output tells of its errors a moment later.
    await setImmediate();
    assertOutputTaken(io.signal);
    return exitCode;
  } catch (failure) {
    const error = outputFailure(io.signal) ?? failure;
    if (hasCode(error, 'EPIPE')) return 1;
    if (error instanceof CommanderError) return usageExit(error, args, io);
    reportFailure(
      io,
      describeFailure(error === outputFailure(io.signal) ? toFileError(error, 'standard output') : error),
    );
    return error instanceof UsageError ? 2 : 1;
  }
}

/** What standard output failed of; a reader that went away is not worth a word. */
function outputFailure(signal: AbortSignal): Error | undefined {
  const reason: unknown = signal.reason;
  return reason instanceof Error && 'code' in reason && typeof reason.code === 'string' ? reason : undefined;
}

/** @throws what standard output failed of. */
function assertOutputTaken(signal: AbortSignal): void {
  const failure = outputFailure(signal);
  if (failure !== undefined) throw failure;
}

/** The command and its verbs. */
export function createProgram(io: Io, exitWith: (code: number) => void): Command {
  const program = new Command('sealdrop')
    .description('Seal files under keys that their owner controls, and open them again.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false })
    .addHelpText('after', '\n"sealdrop <verb> --help" tells of a verb, with examples.');
  for (const verb of [
    sealVerb(io, exitWith),
    openVerb(io, exitWith),
    inspectVerb(io),
    verifyVerb(io, exitWith),
    keysVerb(io),
  ]) {
    program.addCommand(verb);
  }
  tab(program, { completionCommandName: 'completion' });
  for (const command of everyCommand(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // What was wrong is told in our own words.
      writeErr: () => undefined,
    });
  }
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** The parser's words, as ours: one sentence, and on a line of its own a suggestion. */
function usageExit({ code, message, exitCode }: CommanderError, args: readonly string[], io: Io): number {
  if (exitCode === 0) return 0;
  const help = `see "sealdrop ${verbOf(args)}--help"`;
  if (code === 'commander.help') {
    reportFailure(io, { message: 'no verb was named', hint: help });
    return 2;
  }
  const [what = '', suggestion] = message.replace(/^error: /, '').split('\n');
  reportFailure(io, {
    message: what.replace(/\.$/, '').replace(/\. ([A-Z])/g, (_, first: string) => `: ${first.toLowerCase()}`),
    hint: suggestion?.replace(/^\(Did you mean (.*)\?\)$/, 'did you mean "$1"') ?? help,
  });
  return 2;
}

/** The words that name a verb, with a space behind each. */
function verbOf(args: readonly string[]): string {
  const [verb = '', second] = args;
  if (verb === 'keys') return second === 'list' ? 'keys list ' : 'keys ';
  return ['seal', 'open', 'inspect', 'verify', 'completion'].includes(verb) ? `${verb} ` : '';
}

import tab from '@bomb.sh/tab/commander';
import { setImmediate } from 'node:timers/promises';
import { Command, CommanderError } from 'commander';
import { version } from '../aws/index.ts';
import { describeFailure, reportFailure } from './failure.ts';
import { hasCode } from './files/file-errors.ts';
import type { Io } from './io.ts';
import { toOutputError } from './output-error.ts';
import { UsageError } from './usage-error.ts';
import { usageWords } from './usage-words.ts';
import { drillVerb } from './verbs/drill.ts';
import { inspectVerb } from './verbs/inspect.ts';
import { keysVerb } from './verbs/keys.ts';
import { openVerb } from './verbs/open.ts';
import { rebindVerb } from './verbs/rebind.ts';
import { rewrapVerb } from './verbs/rewrap.ts';
import { sealVerb } from './verbs/seal.ts';
import { shareVerb } from './verbs/share.ts';
import { unshareVerb } from './verbs/unshare.ts';
import { verifyVerb } from './verbs/verify.ts';
import { warmVerb } from './verbs/warm.ts';

/**
 * Runs one command line.
 *
 * @param args - without the program's own name
 * @returns the exit code: 0 done, 1 failed, 2 used wrongly, 3 a verification or a sweep found something
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  const thrown = await program.parseAsync(args, { from: 'user' }).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  // Standard output tells of its errors a moment later.
  await setImmediate();
  const failure = outputFailure(io.signal);
  if (failure !== undefined) return outputExit(failure, io);
  return thrown === undefined ? exitCode : failureExit(thrown.error, verbOf(args, program), io);
}

/** What standard output failed of. */
function outputFailure({ reason }: AbortSignal): Error | undefined {
  return reason instanceof Error && 'code' in reason && typeof reason.code === 'string' ? reason : undefined;
}

/** A reader that went away is not worth a word. */
function outputExit(failure: Error, io: Io): number {
  if (!hasCode(failure, 'EPIPE')) reportFailure(io, describeFailure(toOutputError(failure)));
  return 1;
}

function failureExit(error: unknown, verb: string, io: Io): number {
  if (hasCode(error, 'EPIPE')) return 1;
  if (error instanceof CommanderError) return usageExit(error, verb, io);
  reportFailure(io, describeFailure(error));
  return error instanceof UsageError ? 2 : 1;
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
    rewrapVerb(io, exitWith),
    rebindVerb(io, exitWith),
    shareVerb(io, exitWith),
    unshareVerb(io, exitWith),
    warmVerb(io, exitWith),
    keysVerb(io, exitWith),
    drillVerb(io, exitWith),
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

/** Help and the version, which the parser ends with, are no wrong use. */
function usageExit(error: CommanderError, verb: string, io: Io): number {
  if (error.exitCode === 0) return 0;
  const help = `see "sealdrop ${verb}--help"`;
  if (error.code === 'commander.help') {
    reportFailure(io, { message: 'no verb was named', hint: help });
    return 2;
  }
  const { message, suggestion } = usageWords(error);
  reportFailure(io, { message, hint: suggestion ?? help });
  return 2;
}

/** The words that name a verb, with a space behind each. */
function verbOf(args: readonly string[], { commands }: Command): string {
  const named = commands.find((command) => command.name() === args[0]);
  return named === undefined ? '' : `${named.name()} ${verbOf(args.slice(1), named)}`;
}

import type { CommanderError } from 'commander';

/** What the parser says of a wrong use, as this command says it: lower case, no full stop. */
export interface UsageWords {
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/**
 * The parser's words as ours. What the user typed stands in them as it was typed: of each kind of message only
 * what the parser itself wrote is changed, which no text of a user can be taken for.
 */
export function usageWords({ code, message }: Pick<CommanderError, 'code' | 'message'>): UsageWords {
  const text = message.replace(/^error: /, '');
  switch (code) {
    case 'commander.unknownOption':
    case 'commander.unknownCommand':
      return withSuggestion(text);
    case 'commander.excessArguments':
      return { message: joined(text, /^(too many arguments(?: for '[\w-]+')?)\. ([^]*)\.$/) };
    case 'commander.invalidArgument':
      // What is wrong stands last and is no text of a user.
      return { message: joined(text, /^([^]*)\. ([^]*)\.$/) };
    case 'commander.error':
      return { message: (text.split('\n')[0] ?? '').replace(/\.$/, '') };
    default:
      return { message: text };
  }
}

/** Two sentences as one. */
function joined(text: string, sentences: RegExp): string {
  const [, first, second = ''] = sentences.exec(text) ?? [];
  return first === undefined ? text : `${first}: ${second.slice(0, 1).toLowerCase()}${second.slice(1)}`;
}

function withSuggestion(text: string): UsageWords {
  const [ending, names] = /\n\(Did you mean (?:one of )?([^\n]*)\?\)$/.exec(text) ?? [];
  if (ending === undefined || names === undefined) return { message: text };
  const quoted = names.split(', ').map((name) => `"${name}"`);
  return { message: text.slice(0, -ending.length), suggestion: `did you mean ${quoted.join(' or ')}` };
}

import { Command } from 'commander';
import type { Io } from '../io.ts';
import { keysHistoryVerb } from './keys-history.ts';
import { keysListVerb } from './keys-list.ts';
import { keysRetireVerb } from './keys-retire.ts';
import { keysRotateVerb } from './keys-rotate.ts';

/** `sealdrop keys …` */
export function keysVerb(io: Io, exitWith: (code: number) => void): Command {
  const verb = new Command('keys').description(
    'list KMS keys, rotate them, and retire those that nothing needs',
  );
  for (const each of [
    keysListVerb(io),
    keysHistoryVerb(io),
    keysRotateVerb(io),
    keysRetireVerb(io, exitWith),
  ]) {
    verb.addCommand(each);
  }
  return verb;
}

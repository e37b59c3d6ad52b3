import { onCommitment } from './on-commitment.ts';
import { onContent } from './on-content.ts';
import { onContext } from './on-context.ts';
import { onFormat } from './on-format.ts';
import { onInstructionFiles } from './on-instruction-files.ts';
import { onKeys } from './on-keys.ts';
import { onLegacy } from './on-legacy.ts';
import type { Attack } from './scene.ts';

/** Every list of attacks, by the file that it is in. */
export const attackLists: Readonly<Record<string, readonly Attack[]>> = {
  'test/attacks/on-content.ts': onContent,
  'test/attacks/on-commitment.ts': onCommitment,
  'test/attacks/on-format.ts': onFormat,
  'test/attacks/on-context.ts': onContext,
  'test/attacks/on-keys.ts': onKeys,
  'test/attacks/on-instruction-files.ts': onInstructionFiles,
  'test/attacks/on-legacy.ts': onLegacy,
};

import type { Io } from './io.ts';
import { Progress } from './progress.ts';

/** Shows on a terminal how many objects some work has come by, and leaves nothing there. */
export async function withProgress<Result>(
  io: Pick<Io, 'stderr'>,
  work: (onObject: () => void) => Promise<Result>,
): Promise<Result> {
  const progress = new Progress(io, undefined, 'objects');
  try {
    return await work(() => {
      progress.addObject();
    });
  } finally {
    progress.end();
  }
}

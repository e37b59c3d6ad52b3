/** What tells a process to stop, and what it does at the end. */
type StoppableProcess = Pick<NodeJS.Process, 'on' | 'off' | 'kill' | 'pid' | 'stdout' | 'exit'>;

/** Says when to stop, and how the process ends. */
export interface StopSignals {
  readonly signal: AbortSignal;
  /** After all was cleared away: dies of the signal that came, so that a shell sees it. */
  readonly end: () => void;
}

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Stops cleanly when the user interrupts: the first signal asks for it, the second one does not wait. When
 * nobody reads standard output any more, there is nothing left to do either.
 */
export function stopSignals(ours: StoppableProcess): StopSignals {
  const controller = new AbortController();
  let came: NodeJS.Signals | undefined;
  const stop = (name: NodeJS.Signals): void => {
    came = name;
    controller.abort();
    for (const each of names) ours.off(each, stop);
  };
  for (const name of names) ours.on(name, stop);
  ours.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    controller.abort();
  });
  return {
    signal: controller.signal,
    end: () => {
      for (const name of names) ours.off(name, stop);
      if (came !== undefined) ours.kill(ours.pid, came);
    },
  };
}

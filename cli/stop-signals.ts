/** What tells a process to stop, and what it does at the end. */
type StoppableProcess = Pick<NodeJS.Process, 'on' | 'off' | 'kill' | 'pid' | 'stdout' | 'stderr'>;

/** Says when to stop, and how the process ends. */
export interface StopSignals {
  /** Aborted by a signal; or by the error of standard output, which is then its reason. */
  readonly signal: AbortSignal;
  /** After all was cleared away: dies of the signal that came, so that a shell sees it. */
  readonly end: () => void;
}

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Stops cleanly when the user interrupts: the first signal asks for it, the second one does not wait. When
 * standard output takes nothing any more, there is nothing left to do either.
 */
export function stopSignals(ours: StoppableProcess): StopSignals {
  const controller = new AbortController();
  let came: NodeJS.Signals | undefined;
  const forget = (): void => {
    for (const name of names) ours.off(name, stop);
  };
  const stop = (name: NodeJS.Signals): void => {
    came = name;
    controller.abort();
    forget();
  };
  for (const name of names) ours.on(name, stop);
  ours.stdout.on('error', (error: Error) => {
    controller.abort(error);
  });
  // Where nobody reads what is told, the work goes on: to fail of it would leave half of it behind.
  ours.stderr.on('error', () => undefined);
  return {
    signal: controller.signal,
    end: () => {
      forget();
      if (came !== undefined) ours.kill(ours.pid, came);
    },
  };
}

/** How many requests of each kind were sent, by the names of the services' actions; retries count, too. */
export type RequestsByAction = Readonly<Record<string, number>>;

/** The part of an SDK client that lets others see its requests. */
interface Observable {
  readonly middlewareStack: {
    add(
      middleware: (
        next: (args: never) => Promise<unknown>,
        context: { readonly commandName?: string },
      ) => (args: never) => Promise<unknown>,
      options: { readonly step: 'finalizeRequest'; readonly priority: 'low'; readonly name: string },
    ): void;
  };
}

/** Counts the requests that clients send, one for each time that something goes over the wire. */
export class RequestCounts {
  readonly #counts = new Map<string, number>();

  constructor(...clients: readonly unknown[]) {
    for (const client of clients as readonly Observable[]) {
      client.middlewareStack.add(
        (next, { commandName = 'Unknown' }) =>
          (args) => {
            const action = commandName.replace(/Command$/, '');
            this.#counts.set(action, (this.#counts.get(action) ?? 0) + 1);
            return next(args);
          },
        // After the retries' own middleware, so that each attempt passes.
        { step: 'finalizeRequest', priority: 'low', name: 'sealdropRequestCounts' },
      );
    }
  }

  /** What was counted since the last time that somebody asked. */
  take(): RequestsByAction {
    const counts = Object.fromEntries(this.#counts);
    this.#counts.clear();
    return counts;
  }
}

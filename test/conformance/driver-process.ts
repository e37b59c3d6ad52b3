import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { PeerAnswer, PeerClient, PeerRequest } from './peer-client.ts';

const keptErrorLines = 30;

interface Pending {
  readonly resolve: (answer: PeerAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** A driver in a process of its own: a request on each line in, an answer on each line out. */
export class DriverProcess implements PeerClient {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #timeoutSeconds: number;
  readonly #pending = new Map<string, Pending>();
  readonly #ended: Promise<void>;
  readonly #errorLines: string[] = [];
  #requests = 0;
  #failure: Error | undefined;

  /** @param name - what it drives, for errors */
  constructor(name: string, child: ChildProcessWithoutNullStreams, timeoutSeconds: number) {
    this.#name = name;
    this.#child = child;
    this.#timeoutSeconds = timeoutSeconds;
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#settle(line);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#errorLines.push(line);
      if (this.#errorLines.length > keptErrorLines) this.#errorLines.shift();
    });
    // What is written to a driver that has ended is answered below.
    child.stdin.on('error', () => undefined);
    this.#ended = once(child, 'close').then(
      () => undefined,
      (error: unknown) => {
        this.#errorLines.push(String(error));
      },
    );
    void this.#ended.then(() => {
      this.#failure = new Error(`${this.#name} has ended:\n${this.#errorLines.join('\n')}`);
      for (const { reject } of this.#pending.values()) reject(this.#failure);
    });
  }

  async call(request: PeerRequest): Promise<PeerAnswer> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#requests += 1;
    const id = String(this.#requests);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<PeerAnswer>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        timer = setTimeout(() => {
          reject(new Error(`${this.#name} did not end its ${request.verb} of ${request.key} in time`));
        }, this.#timeoutSeconds * 1000);
        this.#child.stdin.write(`${JSON.stringify({ ...request, id })}\n`);
      });
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    await this.#ended;
    clearTimeout(timer);
  }

  #settle(line: string): void {
    const { id, ...answer } = JSON.parse(line) as PeerAnswer & { readonly id: string };
    this.#pending.get(id)?.resolve(answer);
  }
}

import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { encodeTask, parseAnswer, type Done, type Task } from './driver-protocol.ts';
import { readUsage, resetPeak, type ProcessUsage } from './process-usage.ts';
import { endProcess, startProcess } from './service-process.ts';

const taskTimeoutMilliseconds = 600_000;

/** How a driver is started. */
export interface DriverCommand {
  readonly command: string;
  readonly arguments: readonly string[];
}

/** One task, measured. */
export interface Measured extends Done {
  /** What the driver's process used for it, where this machine tells. */
  readonly usage?: ProcessUsage;
}

/** A contender's process, which does one task after another. */
export class DriverProcess {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  /** @param logFile - takes what it prints beside its answers */
  constructor(
    { command, arguments: given }: DriverCommand,
    environment: Record<string, string>,
    logFile: string,
  ) {
    const log = openSync(logFile, 'w');
    this.#child = startProcess({ command, arguments: given, environment, stdio: ['pipe', 'pipe', log] });
    closeSync(log);
    const { stdin, stdout } = this.#child;
    if (stdin === null || stdout === null) throw new Error('a driver has no standard input or output');
    // A driver that is gone is seen by its missing answer.
    stdin.on('error', () => undefined);
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /**
   * Has a task done.
   *
   * @throws Error with what the driver says of its failure, or where it ends or stays silent.
   */
  async run(task: Task): Promise<Measured> {
    const pid = this.#child.pid ?? 0;
    await resetPeak(pid);
    const before = await readUsage(pid);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), taskTimeoutMilliseconds);
    this.#child.stdin?.write(`${encodeTask(task)}\n`);
    const answer = await this.#answers.next().finally(() => {
      clearTimeout(timer);
    });
    if (answer.done === true) throw new Error(`its process ended while it was at ${task.workload}`);
    const done = parseAnswer(answer.value);
    const after = await readUsage(pid);
    if (before === undefined || after === undefined) return done;
    const cpuMilliseconds = after.cpuMilliseconds - before.cpuMilliseconds;
    return { ...done, usage: { cpuMilliseconds, peakMemoryBytes: after.peakMemoryBytes } };
  }

  async stop(): Promise<void> {
    await endProcess(this.#child);
  }
}

import { readFile, writeFile } from 'node:fs/promises';

/** The unit of the times in `/proc`: Linux shows them in hundredths of a second on every machine. */
const tickMilliseconds = 10;

/** What a process has used. */
export interface ProcessUsage {
  /** In all its threads, since it started. */
  readonly cpuMilliseconds: number;
  /** The most memory it has held at once since {@link resetPeak}. */
  readonly peakMemoryBytes: number;
}

/** What a process has used so far; undefined where the system does not tell, which Linux does. */
export async function readUsage(pid: number): Promise<ProcessUsage | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    // The second field is the program's name in brackets, spaces and all.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const peakKilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return {
      cpuMilliseconds: (Number(fields[11]) + Number(fields[12])) * tickMilliseconds,
      peakMemoryBytes: Number(peakKilobytes) * 1024,
    };
  } catch {
    return undefined;
  }
}

/** Forgets a process's peak: it counts again from what the process holds now. */
export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined);
}

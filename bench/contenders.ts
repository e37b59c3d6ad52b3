import { join } from 'node:path';
import { ensurePythonEnvironment } from '../local/python-environment.ts';
import type { DriverCommand } from './driver-process.ts';
import { ensureJavaDriver } from './java-driver.ts';

/** Where a contender is prepared. */
export interface Workplace {
  /** Keeps what is built or installed once. */
  readonly cacheFolder: string;
  /** For temporary files of this run. */
  readonly temporaryFolder: string;
  /** Hears of what takes a while. */
  readonly log: (line: string) => void;
}

/** Something to be measured. */
export interface ContenderPlan {
  readonly name: string;
  /** As the results call it. */
  readonly title: string;
  /** Whether what it writes is sealed. */
  readonly seals: boolean;
  /** Builds or installs what it needs; throws where this machine cannot have it. */
  readonly prepare: (workplace: Workplace) => Promise<DriverCommand>;
}

/** The name of the contender to which the others are compared. */
export const reference = 'sealdrop';

/** Everything that can be measured. */
export const contenders: readonly ContenderPlan[] = [
  { name: reference, title: 'sealdrop', seals: true, prepare: () => nodeDriver(reference) },
  {
    name: 'plain',
    title: 'plain copying (AWS SDK for JavaScript)',
    seals: false,
    prepare: () => nodeDriver('plain'),
  },
  { name: 'python', title: 'official Python client 4.0.0', seals: true, prepare: pythonDriver },
  { name: 'java', title: 'official Java client 4.0.1', seals: true, prepare: javaDriver },
];

async function nodeDriver(name: string): Promise<DriverCommand> {
  const script = join(import.meta.dirname, 'node-driver.ts');
  return Promise.resolve({ command: process.execPath, arguments: [script, name] });
}

async function pythonDriver({ cacheFolder, log }: Workplace): Promise<DriverCommand> {
  const command = await ensurePythonEnvironment({
    purpose: 'the official Python client',
    requirementsFile: join(import.meta.dirname, '..', 'test', 'conformance', 'requirements.txt'),
    cacheFolder,
    log,
  });
  return { command, arguments: [join(import.meta.dirname, 'contenders', 'python-client.py')] };
}

async function javaDriver({ cacheFolder, temporaryFolder, log }: Workplace): Promise<DriverCommand> {
  const { java, classPath } = await ensureJavaDriver(cacheFolder, log);
  return {
    command: java,
    arguments: [
      // It holds a large object several times over until it is verified.
      '-XX:MaxRAMPercentage=33',
      // It writes the parts of a large object to temporary files before it sends them.
      `-Djava.io.tmpdir=${temporaryFolder}`,
      '-cp',
      classPath,
      'sealdrop.bench.Main',
    ],
  };
}

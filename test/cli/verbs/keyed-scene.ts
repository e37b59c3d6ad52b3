import { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach } from '@jest/globals';
import { run } from '../../../cli/program.ts';
import { FakeKms } from '../../support/fake-kms.ts';
import { fakeIo, type FakeIo, type FakeIoOptions } from '../../support/fake-terminal.ts';
import { mockKms } from '../../support/mock-kms.ts';
import { Scene } from '../files/scene.ts';

/** A folder, and the command with a wrapping key and the vault "archive". */
export class KeyedScene extends Scene {
  kms: FakeKms = new FakeKms();
  #options: string[] = [];

  constructor() {
    super();
    let restore: () => void;
    beforeEach(() => {
      this.kms = new FakeKms();
      this.#options = ['--key', this.kms.createKey(), '--vault', 'archive', '--region', 'eu-west-1'];
      const mock = mockKms(KMSClient, this.kms);
      restore = () => {
        mock.restore();
      };
    });
    afterEach(() => {
      restore();
    });
  }

  /** Runs a command line, with an at-sign for the folder in it and in what it prints. */
  async run(
    args: readonly string[],
    { prepare, ...options }: FakeIoOptions & { readonly prepare?: (io: FakeIo) => void } = {},
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const io = fakeIo(options);
    prepare?.(io);
    const line = [...args, ...this.#options].map((each) => each.replace('@', this.root));
    const code = await run(line, io);
    const [stdout = '', stderr = ''] = [io.stdout, io.stderr].map(({ text }) =>
      text.replaceAll(this.root, '@'),
    );
    return { code, stdout, stderr };
  }
}

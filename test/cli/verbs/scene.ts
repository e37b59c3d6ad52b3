import { run } from '../../../cli/program.ts';
import { locateSealed } from '../../../cli/located.ts';
import { parsePlace } from '../../../cli/place.ts';
import { sealContent, type SealContentOptions } from '../../../operations/seal-content.ts';
import { fakeIo } from '../../support/fake-terminal.ts';
import { Scene } from '../files/scene.ts';
import { contentFrom, createScene } from '../../operations/scene.ts';

/** A folder with local sealed files of the vault "archive", and the command that looks at them without a key. */
export class SealedScene extends Scene {
  /** Seals a text to a file below the folder, under the key that is the file's path from there. */
  async seal(name: string, text: string, options: Partial<SealContentOptions> = {}): Promise<string> {
    const { store } = locateSealed(parsePlace(`${this.root}/`), { mayBeMissing: true });
    const { sealing } = createScene();
    const content = contentFrom(Buffer.from(text));
    await sealContent(
      content,
      { bucket: '', key: name },
      { absent: true },
      { ...sealing, store, ...options },
    );
    return this.path(name);
  }

  /** Runs a command line, with an at-sign for the folder in it and in what it prints. */
  async run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const io = fakeIo();
    const code = await run(
      args.map((each) => each.replace('@', this.root)),
      io,
    );
    const [stdout = '', stderr = ''] = [io.stdout, io.stderr].map(({ text }) =>
      text.replaceAll(this.root, '@'),
    );
    return { code, stdout, stderr };
  }
}

import { describe, expect, test } from '@jest/globals';
import { DiskPace } from '../../operations/disk-pace.ts';

/** A disk whose calls take as long as they are given, and the clock that they move. */
class Disk {
  clock = 0;
  readonly pace = new DiskPace(() => this.clock);

  /** Where a call was made that takes so many milliseconds. */
  call(milliseconds: number): Promise<string> {
    return this.pace.call(
      () => {
        this.clock += milliseconds;
        return 'at once';
      },
      () => Promise.resolve('elsewhere'),
    );
  }
}

describe('calls of the file system', () => {
  test('are made at once while they are quick', async () => {
    const disk = new Disk();
    for (const milliseconds of [0, 0.02, 1, 0]) expect(await disk.call(milliseconds)).toBe('at once');
  });

  test('go elsewhere for a while after one that took long, and are tried again', async () => {
    const disk = new Disk();
    expect(await disk.call(1.1)).toBe('at once');
    expect(await disk.call(0)).toBe('elsewhere');
    disk.clock += 99;
    expect(await disk.call(0)).toBe('elsewhere');
    disk.clock += 1;
    expect(await disk.call(0)).toBe('at once');
  });

  test('go elsewhere after a long one that failed, too', async () => {
    const disk = new Disk();
    const failing = disk.pace.call(
      () => {
        disk.clock += 5;
        throw new Error('no such disk');
      },
      () => Promise.resolve(),
    );
    await expect(failing).rejects.toThrow('no such disk');
    expect(await disk.call(0)).toBe('elsewhere');
  });
});

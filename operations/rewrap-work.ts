import { defaultCopyPartBytes, defaultPartSizeBytes, maxCopyBytes, partBytesFor } from './part-limits.ts';

/** What is known of an object before it is worked on. */
export interface ObjectToPlan {
  readonly lengthBytes: number;
  /** As a store lists it. */
  readonly storageClass?: string | undefined;
  /** Where its wrapped data key is, where somebody looked: an archived object may have it in a file otherwise. */
  readonly place?: 'object' | 'instruction-file' | undefined;
}

/** How much there is to rewrap. */
export interface RewrapWork {
  /** Those that can be copied, or may have an instruction file that is written instead. */
  readonly objects: number;
  readonly bytes: number;
  /** How many of {@link bytes} a copy writes once more: all but those beside an instruction file. */
  readonly copiedBytes: number;
  /** Those among {@link objects} that are too long for one request. */
  readonly longObjects: number;
  /** The parts that those are copied in. */
  readonly copyParts: number;
  /** The parts in which the content of all of them is read, and written anew. */
  readonly contentParts: number;
  /** Those among {@link objects} whose content is written in more than one part. */
  readonly objectsInParts: number;
  /** Those whose data key is known to be in an instruction file. */
  readonly instructionFiles: number;
  /** Those that stay as they are, since an archived object cannot be copied. */
  readonly archived: number;
  /** Archived ones among {@link objects}: they stay, too, unless a file holds their data key. */
  readonly mayStay: number;
  /** Those that somebody looks at and leaves: they are current, or not sealed. */
  readonly leftAlone: number;
}

/** Adds up objects, one at a time, in memory that does not grow with them. */
export class RewrapTally {
  #work: RewrapWork = {
    ...{ objects: 0, bytes: 0, copiedBytes: 0, longObjects: 0, copyParts: 0 },
    ...{ contentParts: 0, objectsInParts: 0, instructionFiles: 0 },
    ...{ archived: 0, mayStay: 0, leftAlone: 0 },
  };

  get work(): RewrapWork {
    return this.#work;
  }

  add({ lengthBytes, storageClass, place }: ObjectToPlan): void {
    const before = this.#work;
    const isArchived = isArchiveClass(storageClass);
    if (isArchived && place === 'object') {
      this.#work = { ...before, archived: before.archived + 1 };
      return;
    }
    const isBesideFile = place === 'instruction-file';
    const isLong = lengthBytes > maxCopyBytes && !isBesideFile;
    const contentParts = partsOf(lengthBytes, defaultPartSizeBytes);
    this.#work = {
      objects: before.objects + 1,
      bytes: before.bytes + lengthBytes,
      copiedBytes: before.copiedBytes + (isBesideFile ? 0 : lengthBytes),
      longObjects: before.longObjects + (isLong ? 1 : 0),
      copyParts: before.copyParts + (isLong ? partsOf(lengthBytes, defaultCopyPartBytes) : 0),
      contentParts: before.contentParts + contentParts,
      objectsInParts: before.objectsInParts + (contentParts > 1 ? 1 : 0),
      instructionFiles: before.instructionFiles + (isBesideFile ? 1 : 0),
      archived: before.archived,
      mayStay: before.mayStay + (isArchived && !isBesideFile ? 1 : 0),
      leftAlone: before.leftAlone,
    };
  }

  /** Takes note of an object that was looked at, and needs nothing. */
  addLeftAlone(): void {
    this.#work = { ...this.#work, leftAlone: this.#work.leftAlone + 1 };
  }

  /** Takes note of an instruction file that a listing has: its object takes one more request. */
  addInstructionFile(): void {
    this.#work = { ...this.#work, instructionFiles: this.#work.instructionFiles + 1 };
  }
}

/** Whether objects of a storage class have to be restored before they can be read or copied. */
export function isArchiveClass(storageClass: string | undefined): boolean {
  return storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';
}

function partsOf(lengthBytes: number, preferredBytes: number): number {
  return Math.max(1, Math.ceil(lengthBytes / partBytesFor(lengthBytes, preferredBytes)));
}

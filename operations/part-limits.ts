/** What S3 copies in one request. Source: S3 API Reference, CopyObject. */
export const maxCopyBytes: number = 5 * 2 ** 30;

/** How many parts one upload has, at most. Source: S3 User Guide, multipart upload limits. */
export const maxParts = 10_000;

/** The length of the parts that content is read and written in, unless there would be too many: the shortest that S3 takes. */
export const defaultPartSizeBytes: number = 5 * 2 ** 20;

/** The length of the parts that a longer object is copied in, unless there would be too many. */
export const defaultCopyPartBytes: number = 512 * 2 ** 20;

/** How long parts have to be, so that there are not too many of them. */
export function partBytesFor(lengthBytes: number, preferredBytes: number): number {
  return Math.max(preferredBytes, Math.ceil(lengthBytes / maxParts));
}

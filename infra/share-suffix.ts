/**
 * Whether the shares of sealed objects may have this suffix, as the command takes it: in a policy it stands behind a
 * wildcard, so that nothing may be in it that stands for more, nor the suffix of the objects' own files.
 */
export function isShareSuffix(suffix: string): boolean {
  return /^\.[A-Za-z0-9_-]{1,64}$/.test(suffix) && suffix.toLowerCase() !== '.instruction';
}

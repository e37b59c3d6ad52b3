import type { EncryptedDataKey } from './keyring.ts';
import type { CommittingSuite, NonCommittingSuite } from './suite.ts';

/** What a committing suite stores of an object's content. */
export interface CommittingContent {
  readonly suite: CommittingSuite;
  /** 28 bytes, fresh for every object. */
  readonly messageId: Uint8Array;
  /** 28 bytes, derived from the data key and the message id. */
  readonly commitment: Uint8Array;
}

/** What the other suites store of an object's content. */
export interface NonCommittingContent {
  readonly suite: NonCommittingSuite;
  readonly iv: Uint8Array;
  /** The plaintext's length as the writer noted it: a hint, which nobody authenticates. */
  readonly noted?: { readonly lengthBytes: number };
}

/** What an object's metadata tells of its content. */
export type ContentParameters = CommittingContent | NonCommittingContent;

/** The encryption metadata of one object: what opens its data key, and what its content was encrypted with. */
export interface Envelope {
  readonly encryptedDataKey: EncryptedDataKey;
  readonly content: ContentParameters;
}

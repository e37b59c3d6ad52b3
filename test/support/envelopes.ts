import {
  cbcSuite,
  committingSuite,
  encodeEnvelope,
  gcmSuite,
  type CommittingContent,
  type Envelope,
  type Metadata,
  type NonCommittingContent,
} from '../../envelope/index.ts';
import { deriveCommitment } from '../../envelope/key-derivation.ts';
import { patternBytes } from './bytes.ts';

/** An envelope in the right form, whose parts open nothing. */
export const wellFormed: Envelope & { content: CommittingContent } = {
  encryptedDataKey: {
    wrappingAlgorithm: 'kms+context',
    ciphertext: patternBytes(184, 'encrypted data key'),
    context: { 'aws:x-amz-cek-alg': '115', 'sealdrop-vault': 'archive' },
    suite: committingSuite,
  },
  content: {
    suite: committingSuite,
    commitment: patternBytes(28, 'commitment'),
    messageId: patternBytes(28, 'message id'),
  },
};

/** Its metadata. */
export const wellFormedMetadata: Metadata = encodeEnvelope(wellFormed);

/** Metadata in the V2 format. */
export const v2Metadata: Metadata = {
  'x-amz-key-v2': patternBytes(184).toString('base64'),
  'x-amz-wrap-alg': 'kms+context',
  'x-amz-cek-alg': 'AES/GCM/NoPadding',
  'x-amz-iv': patternBytes(12).toString('base64'),
  'x-amz-matdesc': '{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}',
  'x-amz-tag-len': '128',
};

/** Metadata in the V1 format. */
export const v1Metadata: Metadata = {
  'x-amz-key': patternBytes(48).toString('base64'),
  'x-amz-iv': patternBytes(16).toString('base64'),
  'x-amz-matdesc': '{}',
};

/** The metadata without one entry. */
export function without(metadata: Metadata, name: string): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([each]) => each !== name));
}

/** The parameters of a V3 content with a message id of the test's choice. */
export function committingContent(
  dataKey: Uint8Array,
  messageId: Uint8Array = patternBytes(28, 'message id'),
): CommittingContent {
  return { suite: committingSuite, messageId, commitment: deriveCommitment(dataKey, messageId) };
}

/** The parameters of a V2 content, always the same. */
export const gcmContent: NonCommittingContent = { suite: gcmSuite, iv: patternBytes(12, 'iv of GCM') };

/** The parameters of a content of the first clients, always the same. */
export const cbcContent: NonCommittingContent = { suite: cbcSuite, iv: patternBytes(16, 'iv of CBC') };

package sealdrop.conformance;

import java.util.Map;

/** What a request has come to so far, whether or not it fails after that. */
final class Progress {
    /** Plaintext that a put read or a get released. */
    volatile long bytes;

    /** The object's length as its client told the caller of a get. */
    volatile Long contentLength;

    /** The range as its client told the caller of a get. */
    volatile String contentRange;

    /** The user metadata as its client told the caller of a get. */
    volatile Map<String, String> metadata;
}

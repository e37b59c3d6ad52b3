package software.amazon.encryption.s3.model;

/** What a server answers where the client behind it refused: the suite expects it of what has to fail. */
public final class S3EncryptionClientError extends RuntimeException {
    private static final long serialVersionUID = 1;

    public S3EncryptionClientError(String message) {
        super(message);
    }
}

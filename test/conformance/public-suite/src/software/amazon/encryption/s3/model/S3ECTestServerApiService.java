package software.amazon.encryption.s3.model;

/** Names the suite's service to the protocol; the client here needs no such name. */
public final class S3ECTestServerApiService {
    private static final S3ECTestServerApiService INSTANCE = new S3ECTestServerApiService();

    private S3ECTestServerApiService() {}

    public static S3ECTestServerApiService instance() {
        return INSTANCE;
    }

    public S3ECTestServerApiService schema() {
        return this;
    }

    public String id() {
        return "software.amazon.encryption.s3#S3ECTestServer";
    }
}

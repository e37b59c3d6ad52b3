package software.amazon.encryption.s3.model;

/** What a server answers where it failed itself: the suite never expects it. */
public final class GenericServerError extends RuntimeException {
    private static final long serialVersionUID = 1;

    public GenericServerError(String message) {
        super(message);
    }
}

package sealdrop.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The answer to one request.
 *
 * @param error class and message of what the client threw
 * @param causes classes and messages of what lies beneath it
 */
record Answer(
        String id,
        boolean ok,
        String error,
        List<String> causes,
        long bytes,
        Long contentLength,
        String contentRange,
        Map<String, String> metadata) {

    static Answer done(String id, Progress progress) {
        return of(id, null, null, progress);
    }

    static Answer failed(String id, Progress progress, Throwable error) {
        List<String> causes = new ArrayList<>();
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) causes.add(describe(cause));
        return of(id, describe(error), causes, progress);
    }

    private static Answer of(String id, String error, List<String> causes, Progress progress) {
        return new Answer(
                id,
                error == null,
                error,
                causes,
                progress.bytes,
                progress.contentLength,
                progress.contentRange,
                progress.metadata);
    }

    private static String describe(Throwable error) {
        return error.getClass().getSimpleName() + ": " + error.getMessage();
    }
}

package software.amazon.smithy.java.http.api;

/** Named by the suite. */
public interface HttpResponse {}

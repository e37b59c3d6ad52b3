package software.amazon.smithy.java.client.core;

/** Named by the suite. */
public interface ClientProtocol<RequestT, ResponseT> {}

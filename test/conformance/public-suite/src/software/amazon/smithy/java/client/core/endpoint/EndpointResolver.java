package software.amazon.smithy.java.client.core.endpoint;

import java.net.URI;

/** Where a server is. */
public record EndpointResolver(URI uri) {
    public static EndpointResolver staticEndpoint(URI uri) {
        return new EndpointResolver(uri);
    }
}

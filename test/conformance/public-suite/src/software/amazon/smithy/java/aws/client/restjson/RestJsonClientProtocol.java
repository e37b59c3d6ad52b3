package software.amazon.smithy.java.aws.client.restjson;

import software.amazon.smithy.java.client.core.ClientProtocol;
import software.amazon.smithy.java.http.api.HttpRequest;
import software.amazon.smithy.java.http.api.HttpResponse;

/** Named by the suite; the client here speaks this protocol without it. */
public final class RestJsonClientProtocol implements ClientProtocol<HttpRequest, HttpResponse> {
    public RestJsonClientProtocol(String service) {}
}

package software.amazon.smithy.java.client.core;

import software.amazon.smithy.java.client.core.endpoint.EndpointResolver;

/** Filled in by the suite; the client here needs none of it. */
public final class ClientConfig {
    private ClientConfig() {}

    public static Builder builder() {
        return new Builder();
    }

    public static final class Builder {
        public Builder service(Object service) {
            return this;
        }

        public Builder protocol(ClientProtocol<?, ?> protocol) {
            return this;
        }

        public Builder endpointResolver(EndpointResolver resolver) {
            return this;
        }

        public ClientConfig build() {
            return new ClientConfig();
        }
    }
}

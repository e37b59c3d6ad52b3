package sealdrop.conformance;

import java.net.URI;
import java.time.Duration;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.TlsTrustManagersProvider;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;

/** The plain clients that every request shares. */
final class SdkClients {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    final S3Client s3;
    final S3AsyncClient s3Async;
    final KmsClient kms;

    SdkClients() throws Exception {
        TrustManager[] trusted = Trust.fromEnvironment();
        // Null where the environment names no bundle: the Java runtime's own authorities are trusted then.
        TlsTrustManagersProvider provider = trusted == null ? null : () -> trusted;
        SdkHttpClient http = ApacheHttpClient.builder()
                .maxConnections(200)
                .socketTimeout(TIMEOUT)
                .connectionTimeout(TIMEOUT)
                .connectionAcquisitionTimeout(TIMEOUT)
                .tlsTrustManagersProvider(provider)
                .build();
        // The official client never gives back the connection of a get that it refuses; tests have it refuse many.
        SdkAsyncHttpClient asyncHttp = NettyNioAsyncHttpClient.builder()
                .maxConcurrency(2_000)
                .readTimeout(TIMEOUT)
                .connectionTimeout(TIMEOUT)
                .tlsNegotiationTimeout(TIMEOUT)
                .connectionAcquisitionTimeout(TIMEOUT)
                .tlsTrustManagersProvider(provider)
                .build();
        s3 = atEndpoint(S3Client.builder().httpClient(http).forcePathStyle(true)).build();
        s3Async = atEndpoint(S3AsyncClient.builder().httpClient(asyncHttp).forcePathStyle(true)).build();
        kms = atEndpoint(KmsClient.builder().httpClient(http)).build();
    }

    private static <B extends AwsClientBuilder<B, ?>> B atEndpoint(B builder) {
        String url = System.getenv("AWS_ENDPOINT_URL");
        return url == null ? builder : builder.endpointOverride(URI.create(url));
    }
}

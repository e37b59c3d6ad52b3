package sealdrop.bench;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.materials.KmsKeyring;
import software.amazon.encryption.s3.materials.MultipartConfiguration;

/** What is measured, with the official client as its guide shows it. Every method returns the bytes of plaintext. */
final class Workloads implements AutoCloseable {
    /** A whole object is held in memory until it is verified; the client's own limit would be 64 MiB. */
    private static final long LARGEST_OBJECT_BYTES = (1L << 30) + 16;

    private final Settings settings;
    private final S3Client client;
    private final S3Client multipartClient;
    private final S3Client streamingClient;
    private final ExecutorService executor;

    Workloads(Settings settings) {
        this.settings = settings;
        S3AsyncClient async = S3AsyncClient.builder().forcePathStyle(true).build();
        S3Client sync = S3Client.builder().forcePathStyle(true).build();
        this.client = builder(async, sync).setBufferSize(LARGEST_OBJECT_BYTES).build();
        this.multipartClient = builder(async, sync).enableMultipartPutObject(true).build();
        this.streamingClient = builder(async, sync).enableDelayedAuthenticationMode(true).build();
        this.executor = Executors.newFixedThreadPool(settings.objectsAtOnce());
    }

    private S3EncryptionClient.Builder builder(S3AsyncClient async, S3Client sync) {
        return S3EncryptionClient.builderV4()
                .keyring(KmsKeyring.builder().wrappingKeyId(settings.keyArn()).build())
                .wrappedAsyncClient(async)
                .wrappedClient(sync);
    }

    long sealFile(String key, Path path) throws Exception {
        MultipartConfiguration parts = MultipartConfiguration.builder()
                .partSize(settings.partSizeBytes())
                .maxConnections(settings.partsAtOnce())
                .build();
        multipartClient.putObject(
                request -> request.bucket(settings.bucket())
                        .key(key)
                        .overrideConfiguration(S3EncryptionClient.withAdditionalConfiguration(parts)),
                RequestBody.fromFile(path));
        return Files.size(path);
    }

    long openFile(String key, Path path) throws Exception {
        client.getObject(
                request -> request.bucket(settings.bucket()).key(key), ResponseTransformer.toFile(path));
        return Files.size(path);
    }

    long openStream(String key) throws Exception {
        byte[] buffer = new byte[1 << 20];
        long bytes = 0;
        try (InputStream content =
                streamingClient.getObject(request -> request.bucket(settings.bucket()).key(key))) {
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) bytes += read;
        }
        return bytes;
    }

    long sealMany(String key, int objects, int objectBytes) throws Exception {
        byte[] content = new byte[objectBytes];
        Arrays.fill(content, (byte) 's');
        return sumOverObjects(key, objects, each -> {
            client.putObject(
                    request -> request.bucket(settings.bucket()).key(each), RequestBody.fromBytes(content));
            return content.length;
        });
    }

    long openMany(String key, int objects) throws Exception {
        return sumOverObjects(key, objects, each -> client.getObjectAsBytes(
                        request -> request.bucket(settings.bucket()).key(each))
                .asByteArrayUnsafe()
                .length);
    }

    private interface OneObject {
        long perform(String key) throws Exception;
    }

    private long sumOverObjects(String key, int objects, OneObject one) throws Exception {
        List<Future<Long>> results = new ArrayList<>();
        for (int index = 0; index < objects; index += 1) {
            String each = key + index;
            results.add(executor.submit(() -> one.perform(each)));
        }
        long sum = 0;
        for (Future<Long> result : results) sum += result.get();
        return sum;
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}

package sealdrop.conformance;

import static sealdrop.conformance.Request.required;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.encryption.s3.CommitmentPolicy;
import software.amazon.encryption.s3.S3AsyncEncryptionClient;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.algorithms.AlgorithmSuite;
import software.amazon.encryption.s3.internal.InstructionFileConfig;
import software.amazon.encryption.s3.internal.ReEncryptInstructionFileRequest;

/** Does with the official client what requests ask for. */
final class Operations {
    private final SdkClients sdk;

    Operations(SdkClients sdk) {
        this.sdk = sdk;
    }

    void run(Request request, Progress progress) throws Exception {
        switch (required(request.verb(), "verb")) {
            case "put" -> put(request, progress);
            case "get" -> get(request, progress);
            case "re-encrypt" -> reEncrypt(request);
            case "delete" -> delete(request);
            case "put-legacy" -> LegacyWriter.put(request, progress);
            default -> throw new IllegalArgumentException("no verb is called " + request.verb());
        }
    }

    private void put(Request request, Progress progress) throws Exception {
        Path content = Path.of(required(request.path(), "path"));
        PutObjectRequest put = PutObjectRequest.builder()
                .bucket(request.bucket())
                .key(request.key())
                .metadata(request.metadata())
                .contentType(request.contentType())
                .overrideConfiguration(configuration -> override(request, configuration))
                .build();
        if (isAsync(request)) asyncClient(request).putObject(put, AsyncRequestBody.fromFile(content)).join();
        else client(request).putObject(put, RequestBody.fromFile(content));
        progress.bytes = Files.size(content);
    }

    private void get(Request request, Progress progress) throws Exception {
        GetObjectRequest get = GetObjectRequest.builder()
                .bucket(request.bucket())
                .key(request.key())
                .range(request.range())
                .overrideConfiguration(configuration -> override(request, configuration))
                .build();
        try (ResponseInputStream<GetObjectResponse> opened = isAsync(request)
                ? asyncClient(request).getObject(get, AsyncResponseTransformer.toBlockingInputStream()).join()
                : client(request).getObject(get)) {
            progress.contentLength = opened.response().contentLength();
            progress.contentRange = opened.response().contentRange();
            progress.metadata = opened.response().metadata();
            save(opened, Path.of(required(request.path(), "path")), progress);
        }
    }

    private static void save(InputStream from, Path to, Progress progress) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        try (OutputStream out = Files.newOutputStream(to)) {
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                out.write(buffer, 0, count);
                progress.bytes += count;
            }
        }
    }

    private void reEncrypt(Request request) throws Exception {
        ReEncryptInstructionFileRequest.Builder reEncrypt = ReEncryptInstructionFileRequest.builder()
                .bucket(request.bucket())
                .key(request.key())
                .newKeyring(Keyrings.raw(request.newKeyring(), false))
                .enforceRotation(request.enforceRotation());
        if (request.instructionFileSuffix() != null) reEncrypt.instructionFileSuffix(request.instructionFileSuffix());
        client(request).reEncryptInstructionFile(reEncrypt.build());
    }

    private void delete(Request request) throws Exception {
        DeleteObjectRequest delete = DeleteObjectRequest.builder()
                .bucket(request.bucket())
                .key(request.key())
                .build();
        if (isAsync(request)) asyncClient(request).deleteObject(delete).join();
        else client(request).deleteObject(delete);
    }

    private static void override(Request request, AwsRequestOverrideConfiguration.Builder configuration) {
        if (request.context() != null) {
            configuration.putExecutionAttribute(S3EncryptionClient.ENCRYPTION_CONTEXT, request.context());
        }
        if (request.instructionFileSuffix() != null) {
            configuration.putExecutionAttribute(
                    S3EncryptionClient.CUSTOM_INSTRUCTION_FILE_SUFFIX, request.instructionFileSuffix());
        }
    }

    private static boolean isAsync(Request request) {
        return "async".equals(request.client());
    }

    // A client is never closed: it would close the plain clients that it was given.

    S3EncryptionClient client(Request request) throws Exception {
        S3EncryptionClient.Builder builder = S3EncryptionClient.builderV4()
                .wrappedClient(sdk.s3)
                .wrappedAsyncClient(sdk.s3Async)
                .keyring(Keyrings.any(request.keyring(), request.legacyWrapping(), sdk.kms))
                .instructionFileConfig(instructionFiles(request))
                .enableLegacyWrappingAlgorithms(request.legacyWrapping())
                .enableLegacyUnauthenticatedModes(request.legacyContent())
                .enableDelayedAuthenticationMode(request.delayedAuthentication())
                .enableMultipartPutObject(request.multipart());
        if (request.commitmentPolicy() != null) {
            builder.commitmentPolicy(CommitmentPolicy.valueOf(request.commitmentPolicy()));
        }
        if (request.algorithm() != null) builder.encryptionAlgorithm(AlgorithmSuite.valueOf(request.algorithm()));
        return builder.build();
    }

    private S3AsyncEncryptionClient asyncClient(Request request) throws Exception {
        if (request.multipart()) throw new IllegalArgumentException("multipart is for the synchronous client here");
        S3AsyncEncryptionClient.Builder builder = S3AsyncEncryptionClient.builderV4()
                .wrappedClient(sdk.s3Async)
                .keyring(Keyrings.any(request.keyring(), request.legacyWrapping(), sdk.kms))
                .instructionFileConfig(instructionFiles(request))
                .enableLegacyWrappingAlgorithms(request.legacyWrapping())
                .enableLegacyUnauthenticatedModes(request.legacyContent())
                .enableDelayedAuthenticationMode(request.delayedAuthentication());
        if (request.commitmentPolicy() != null) {
            builder.commitmentPolicy(CommitmentPolicy.valueOf(request.commitmentPolicy()));
        }
        if (request.algorithm() != null) builder.encryptionAlgorithm(AlgorithmSuite.valueOf(request.algorithm()));
        return builder.build();
    }

    private InstructionFileConfig instructionFiles(Request request) {
        return InstructionFileConfig.builder()
                .instructionFileClient(sdk.s3)
                .enableInstructionFilePutObject(request.instructionFile())
                .build();
    }
}

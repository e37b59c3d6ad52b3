package software.amazon.encryption.s3.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import software.amazon.encryption.s3.model.CreateClientInput;
import software.amazon.encryption.s3.model.CreateClientOutput;
import software.amazon.encryption.s3.model.GenericServerError;
import software.amazon.encryption.s3.model.GetObjectInput;
import software.amazon.encryption.s3.model.GetObjectOutput;
import software.amazon.encryption.s3.model.PutObjectInput;
import software.amazon.encryption.s3.model.PutObjectOutput;
import software.amazon.encryption.s3.model.ReEncryptInput;
import software.amazon.encryption.s3.model.ReEncryptOutput;
import software.amazon.encryption.s3.model.S3EncryptionClientError;
import software.amazon.smithy.java.client.core.ClientConfig;
import software.amazon.smithy.java.client.core.endpoint.EndpointResolver;

/** Calls a server of the suite, in place of the client that the suite has generated out of its model. */
public final class S3ECTestServerClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final URI server;

    private S3ECTestServerClient(URI server) {
        this.server = server;
    }

    public static Builder builder() {
        return new Builder();
    }

    public static final class Builder {
        private EndpointResolver endpoint;

        public Builder endpointResolver(EndpointResolver resolver) {
            endpoint = resolver;
            return this;
        }

        public Builder withConfiguration(ClientConfig configuration) {
            return this;
        }

        public S3ECTestServerClient build() {
            return new S3ECTestServerClient(endpoint.uri());
        }
    }

    public CreateClientOutput createClient(CreateClientInput input) {
        HttpResponse<byte[]> answer =
                send(request("/client").header("Content-Type", "application/json"), "POST", json(input.toJson()));
        return CreateClientOutput.builder()
                .clientId(parse(answer.body()).path("clientId").textValue())
                .build();
    }

    public PutObjectOutput putObject(PutObjectInput input) {
        HttpRequest.Builder request = request(object(input.getBucket(), input.getKey()))
                .header("Content-Type", "application/octet-stream")
                .header("ClientID", input.getClientID());
        optional(request, "Content-Metadata", list(input.getMetadata()));
        send(request, "PUT", BodyPublishers.ofByteArray(bytes(input.getBody())));
        return PutObjectOutput.builder()
                .bucket(input.getBucket())
                .key(input.getKey())
                .build();
    }

    public GetObjectOutput getObject(GetObjectInput input) {
        HttpRequest.Builder request =
                request(object(input.getBucket(), input.getKey())).header("ClientID", input.getClientID());
        optional(request, "Content-Metadata", list(input.getMetadata()));
        optional(request, "Range", input.getRange());
        optional(request, "InstructionFileSuffix", input.getInstructionFileSuffix());
        HttpResponse<byte[]> answer = send(request, "GET", BodyPublishers.noBody());
        return GetObjectOutput.builder()
                .body(ByteBuffer.wrap(answer.body()))
                .metadata(answer.headers().allValues("Content-Metadata"))
                .build();
    }

    public ReEncryptOutput reEncrypt(ReEncryptInput input) {
        HttpRequest.Builder request = request(object(input.getBucket(), input.getKey()) + "/reencrypt")
                .header("Content-Type", "application/json")
                .header("ClientID", input.getClientID());
        optional(request, "InstructionFileSuffix", input.getInstructionFileSuffix());
        optional(request, "EnforceRotation", input.isEnforceRotation());
        HttpResponse<byte[]> answer =
                send(request, "POST", json(input.getNewKeyMaterial().toJson()));
        JsonNode output = parse(answer.body());
        return ReEncryptOutput.builder()
                .bucket(output.path("bucket").textValue())
                .key(output.path("key").textValue())
                .instructionFileSuffix(output.path("instructionFileSuffix").textValue())
                .enforceRotation(output.path("enforceRotation").booleanValue())
                .build();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(server.resolve(path)).timeout(Duration.ofSeconds(60));
    }

    private static String object(String bucket, String key) {
        return "/object/" + encode(bucket) + "/" + encode(key);
    }

    private static String encode(String label) {
        return URLEncoder.encode(label, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static void optional(HttpRequest.Builder request, String header, Object value) {
        if (value != null) request.header(header, value.toString());
    }

    /** A list in one header, an item in quotes where it holds what would end it. */
    private static String list(List<String> items) {
        if (items == null || items.isEmpty()) return null;
        return items.stream().map(S3ECTestServerClient::item).collect(Collectors.joining(","));
    }

    private static String item(String item) {
        boolean plain = item.indexOf(',') < 0 && item.indexOf('"') < 0;
        return plain ? item : '"' + item.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static HttpResponse<byte[]> send(HttpRequest.Builder request, String method, BodyPublisher body) {
        HttpResponse<byte[]> answer;
        try {
            answer = HTTP.send(request.method(method, body).build(), BodyHandlers.ofByteArray());
        } catch (IOException error) {
            throw new GenericServerError(error.toString());
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new GenericServerError(error.toString());
        }
        if (answer.statusCode() / 100 != 2) throw error(answer);
        return answer;
    }

    private static RuntimeException error(HttpResponse<byte[]> answer) {
        JsonNode body = parse(answer.body());
        String type = answer.headers()
                .firstValue("X-Amzn-Errortype")
                .orElse(body.path("__type").asText(""));
        String message = body.path("message").asText("status " + answer.statusCode());
        return type.contains("S3EncryptionClientError")
                ? new S3EncryptionClientError(message)
                : new GenericServerError(message);
    }

    private static BodyPublisher json(Map<String, Object> value) {
        try {
            return BodyPublishers.ofByteArray(JSON.writeValueAsBytes(value));
        } catch (IOException error) {
            throw new IllegalArgumentException(error);
        }
    }

    private static JsonNode parse(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (IOException error) {
            throw new GenericServerError("no JSON: " + new String(body, StandardCharsets.UTF_8));
        }
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}

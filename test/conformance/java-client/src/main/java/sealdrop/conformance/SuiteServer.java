package sealdrop.conformance;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import software.amazon.encryption.s3.S3EncryptionClientException;

/**
 * Puts the official Java client behind the HTTP interface that the public cross-language suite expects of a server.
 *
 * <p>Usage: SuiteServer PORT [transition]. Environment as for {@link Main}. Ends with its standard input. With
 * transition, a client that is not told otherwise does as the releases did that came before key commitment: it writes
 * no key commitment, and reads objects with and without.
 */
public final class SuiteServer {
    private final Gson json = new GsonBuilder().disableHtmlEscaping().create();
    private final Map<String, SuiteConfig> clients = new ConcurrentHashMap<>();
    private final Operations operations;
    private final boolean transition;

    private SuiteServer(Operations operations, boolean transition) {
        this.operations = operations;
        this.transition = transition;
    }

    public static void main(String[] arguments) throws Exception {
        boolean transition = arguments.length > 1 && arguments[1].equals("transition");
        SuiteServer suite = new SuiteServer(new Operations(new SdkClients()), transition);
        int port = Integer.parseInt(arguments[0]);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", suite::handle);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        while (System.in.read() >= 0) {}
        System.exit(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                route(exchange);
            } catch (S3EncryptionClientException error) {
                sendError(exchange, "S3EncryptionClientError", error);
            } catch (Throwable error) {
                sendError(exchange, "GenericServerError", error);
            }
        }
    }

    private void route(HttpExchange exchange) throws Exception {
        String[] path = segments(exchange.getRequestURI());
        String route = exchange.getRequestMethod() + " " + path[0] + " " + path.length;
        switch (route) {
            case "POST client 1" -> createClient(exchange);
            case "PUT object 3" -> put(exchange, path[1], path[2]);
            case "GET object 3" -> get(exchange, path[1], path[2]);
            case "POST object 4" -> reEncrypt(exchange, path[1], path[2]);
            default -> throw new IllegalArgumentException("no operation is at " + exchange.getRequestURI());
        }
    }

    private void createClient(HttpExchange exchange) throws Exception {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        SuiteConfig config = json.fromJson(json.fromJson(body, JsonObject.class).get("config"), SuiteConfig.class);
        if (transition) config = config.inTransition();
        operations.client(config.request("get"));
        String id = UUID.randomUUID().toString();
        clients.put(id, config);
        sendJson(exchange, 200, Map.of("clientId", id));
    }

    private void put(HttpExchange exchange, String bucket, String key) throws Exception {
        Path content = Files.createTempFile("suite", null);
        try {
            Files.write(content, exchange.getRequestBody().readAllBytes());
            SuiteConfig.Target target = new SuiteConfig.Target(
                    bucket, key, context(exchange), header(exchange, "Range"), null, content.toString());
            operations.run(client(exchange).request("put", target), new Progress());
        } finally {
            Files.delete(content);
        }
        sendJson(exchange, 200, Map.of("bucket", bucket, "key", key, "metadata", List.of()));
    }

    private void get(HttpExchange exchange, String bucket, String key) throws Exception {
        Path content = Files.createTempFile("suite", null);
        try {
            Progress progress = new Progress();
            SuiteConfig.Target target = new SuiteConfig.Target(
                    bucket,
                    key,
                    context(exchange),
                    header(exchange, "Range"),
                    header(exchange, "InstructionFileSuffix"),
                    content.toString());
            operations.run(client(exchange).request("get", target), progress);
            List<String> pairs = new ArrayList<>();
            progress.metadata.forEach((name, value) -> pairs.add("[" + name + "]:[" + value + "]"));
            exchange.getResponseHeaders().set("Content-Metadata", String.join(",", pairs));
            send(exchange, 200, "application/octet-stream", Files.readAllBytes(content));
        } finally {
            Files.delete(content);
        }
    }

    private void reEncrypt(HttpExchange exchange, String bucket, String key) throws Exception {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        SuiteConfig.KeyMaterial newKey = json.fromJson(body, SuiteConfig.KeyMaterial.class);
        String suffix = header(exchange, "InstructionFileSuffix");
        boolean enforceRotation = Boolean.parseBoolean(header(exchange, "EnforceRotation"));
        SuiteConfig.Target target = new SuiteConfig.Target(bucket, key, null, null, suffix, null);
        operations.run(client(exchange).reEncryptRequest(target, newKey, enforceRotation), new Progress());
        sendJson(exchange, 200, Map.of("bucket", bucket, "key", key, "enforceRotation", enforceRotation));
    }

    private SuiteConfig client(HttpExchange exchange) {
        String id = header(exchange, "ClientID");
        SuiteConfig config = id == null ? null : clients.get(id);
        if (config == null) throw new IllegalArgumentException("no client has the id " + id);
        return config;
    }

    /** The encryption context of a header: [name]:[value],[name]:[value]. */
    private static Map<String, String> context(HttpExchange exchange) {
        Map<String, String> context = new HashMap<>();
        String listed = header(exchange, "Content-Metadata");
        if (listed == null || listed.isEmpty()) return context;
        for (String pair : listed.split(",")) {
            String[] parts = pair.trim().split("]:\\[", -1);
            context.put(parts[0].substring(1), parts[1].substring(0, parts[1].length() - 1));
        }
        return context;
    }

    private static String header(HttpExchange exchange, String name) {
        Headers headers = exchange.getRequestHeaders();
        return headers.getFirst(name);
    }

    private static String[] segments(URI uri) {
        String[] segments = uri.getRawPath().substring(1).split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            // In a path, unlike in a form, a plus sign is one.
            segments[i] = URLDecoder.decode(segments[i].replace("+", "%2B"), StandardCharsets.UTF_8);
        }
        return segments;
    }

    private void sendError(HttpExchange exchange, String type, Throwable error) throws IOException {
        Answer answer = Answer.failed(null, new Progress(), error);
        String message = answer.error() + " <- " + String.join(" <- ", answer.causes());
        exchange.getResponseHeaders().set("X-Amzn-Errortype", type);
        sendJson(exchange, 500, Map.of("__type", "software.amazon.encryption.s3#" + type, "message", message));
    }

    private void sendJson(HttpExchange exchange, int status, Map<String, ?> body) throws IOException {
        send(exchange, status, "application/json", json.toJson(body).getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }
}

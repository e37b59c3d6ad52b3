package sealdrop.conformance;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Drives the official Java client: reads requests as lines of JSON from standard input, and answers each with a
 * line of JSON on standard output, in the order in which they are done. Ends with its standard input.
 *
 * <p>Endpoint, Region and credentials come from the environment; what NODE_EXTRA_CA_CERTS names is trusted.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // Nothing that a library prints may come between the answers.
        System.setOut(System.err);
        Gson json = new GsonBuilder().disableHtmlEscaping().create();
        Operations operations = new Operations(new SdkClients());
        ExecutorService workers = Executors.newCachedThreadPool();
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            Request request = json.fromJson(line, Request.class);
            workers.execute(() -> answers.println(json.toJson(answer(operations, request))));
        }
        // Threads of the clients, and of a call that never ends, must not keep the process.
        System.exit(0);
    }

    private static Answer answer(Operations operations, Request request) {
        Progress progress = new Progress();
        try {
            operations.run(request, progress);
            return Answer.done(request.id(), progress);
        } catch (Throwable error) {
            return Answer.failed(request.id(), progress, error);
        }
    }
}

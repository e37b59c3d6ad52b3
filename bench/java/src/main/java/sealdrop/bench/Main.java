package sealdrop.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The driver of the official Java client; driver-protocol.ts says what it reads and writes. Endpoints, Region
 * and credentials come from the environment.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        // The SDK's threads would keep the process there when its input has ended.
        try (Workloads workloads = new Workloads(Settings.fromEnvironment());
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                System.out.println(answer(workloads, line.split("\t", -1)));
                System.out.flush();
            }
        }
        System.exit(0);
    }

    private static String answer(Workloads workloads, String[] task) {
        long startedAt = System.nanoTime();
        try {
            long bytes = perform(workloads, task);
            return "done\t" + (System.nanoTime() - startedAt) / 1e6 + "\t" + bytes;
        } catch (Throwable error) {
            Throwable cause = error;
            while (cause.getCause() != null) cause = cause.getCause();
            return "failed\t" + (error + " caused by " + cause).replaceAll("\\s+", " ");
        }
    }

    private static long perform(Workloads workloads, String[] task) throws Exception {
        String key = task[1];
        Path path = Path.of(task[2]);
        int objects = Integer.parseInt(task[3]);
        int objectBytes = Integer.parseInt(task[4]);
        return switch (task[0]) {
            case "seal-file" -> workloads.sealFile(key, path);
            case "open-file" -> workloads.openFile(key, path);
            case "open-stream" -> workloads.openStream(key);
            case "seal-many" -> workloads.sealMany(key, objects, objectBytes);
            case "open-many" -> workloads.openMany(key, objects);
            default -> throw new IllegalArgumentException("not a task: " + task[0]);
        };
    }
}

package sealdrop.bench;

/** What the driver is told by its environment, beside what the SDK reads there. */
record Settings(String bucket, String keyArn, long partSizeBytes, int partsAtOnce, int objectsAtOnce) {
    static Settings fromEnvironment() {
        return new Settings(
                System.getenv("BENCH_BUCKET"),
                System.getenv("BENCH_KEY_ARN"),
                Long.parseLong(System.getenv("BENCH_PART_SIZE_BYTES")),
                Integer.parseInt(System.getenv("BENCH_PARTS_AT_ONCE")),
                Integer.parseInt(System.getenv("BENCH_OBJECTS_AT_ONCE")));
    }
}

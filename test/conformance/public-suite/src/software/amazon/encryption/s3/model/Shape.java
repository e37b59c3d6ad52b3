package software.amazon.encryption.s3.model;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the suite's structures are made of here. */
public abstract class Shape {
    private final Map<String, Object> members;

    Shape(Map<String, Object> members) {
        this.members = members;
    }

    @SuppressWarnings("unchecked")
    final <T> T member(String name) {
        return (T) members.get(name);
    }

    /** As the suite's protocol has it in JSON: blobs in base64, enumerations by name, nothing that was not set. */
    public Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        members.forEach((name, value) -> json.put(name, toJson(value)));
        return json;
    }

    private static Object toJson(Object value) {
        if (value instanceof Shape shape) return shape.toJson();
        if (value instanceof Enum<?> named) return named.name();
        if (value instanceof ByteBuffer blob) {
            byte[] bytes = new byte[blob.remaining()];
            blob.duplicate().get(bytes);
            return Base64.getEncoder().encodeToString(bytes);
        }
        return value;
    }

    abstract static class ShapeBuilder {
        private final Map<String, Object> members = new LinkedHashMap<>();

        final void set(String name, Object value) {
            if (value == null) members.remove(name);
            else members.put(name, value);
        }

        final Map<String, Object> members() {
            return new LinkedHashMap<>(members);
        }
    }
}

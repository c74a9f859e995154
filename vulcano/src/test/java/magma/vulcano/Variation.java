package magma.vulcano;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import magma.dht.replication.ReplicationMessage;
import magma.dht.storage.Version;
import magma.dht.wire.Message;
import magma.dht.wire.Signal;
import magma.fs.Caller;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import org.jspecify.annotations.Nullable;

/**
 * Makes of a sample a message that means something to the vulcano: it names flares, open files and slices that are there, and sizes that are possible. What it makes of
 * one is random.
 */
final class Variation {
    private static final int KEYS = 64;
    private static final int NAMES = 24;
    private static final int SLOTS = 16;
    private static final int SLICES = 66;
    private static final long[] EPOCHS = {1, 2, 3, 4, 5, Long.MAX_VALUE};
    private static final long[] OFFSETS = {0, 1, 4095, 4096, 16_383, 16_384, 65_536, (1 << 20) - 1, 1 << 20, 3 << 20};

    private final List<Name> names = new ArrayList<>();
    private final AtomicReferenceArray<@Nullable Key> keys = new AtomicReferenceArray<>(KEYS);

    Variation() throws FsException {
        for (int i = 0; i < NAMES; i++) {
            names.add(Name.of("n" + i));
        }
    }

    /** A flare that is there, for now. On any thread. */
    void learn(Key flare) {
        keys.set(ThreadLocalRandom.current().nextInt(KEYS), flare);
    }

    /** @param lastHandle that was given on this connection; 0 for none */
    Message of(Message sample, Random random, long lastHandle) {
        return (Message) record((Record) sample, random, lastHandle);
    }

    private Record record(Record sample, Random random, long lastHandle) {
        RecordComponent[] components = sample.getClass().getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Object[] values = new Object[components.length];
            for (int i = 0; i < values.length; i++) {
                Object value = components[i].getAccessor().invoke(sample);
                values[i] = value == null ? null : varied(components[i], value, random, lastHandle);
            }
            Constructor<?> constructor = sample.getClass().getDeclaredConstructor(types);
            return (Record) constructor.newInstance(values);
        } catch (InvocationTargetException refused) {
            // Such a message cannot be.
            return sample;
        } catch (ReflectiveOperationException notOurs) {
            return sample;
        }
    }

    private Object varied(RecordComponent component, Object value, Random random, long lastHandle) {
        if (random.nextInt(8) == 0) {
            return value;
        }
        String name = component.getName();
        if (value instanceof Key) {
            Key known = keys.get(random.nextInt(KEYS));
            return known == null ? value : known;
        } else if (value instanceof Name) {
            return names.get(random.nextInt(NAMES));
        } else if (value instanceof Caller) {
            return Caller.ROOT;
        } else if (value instanceof Long whole) {
            return number(name, whole, random, lastHandle);
        } else if (value instanceof Integer && name.equals("length")) {
            return 1 + random.nextInt(8192);
        } else if (value instanceof Integer && name.equals("slot")) {
            return random.nextInt(SLOTS);
        } else if (value instanceof Boolean) {
            return random.nextBoolean();
        } else if (value instanceof Enum<?> constant) {
            Object[] all = constant.getDeclaringClass().getEnumConstants();
            return all[random.nextInt(all.length)];
        } else if (value instanceof List<?> list && component.getDeclaringRecord() == Signal.Replicate.class) {
            return list.stream()
                    .map(each -> record((Record) each, random, lastHandle))
                    .toList();
        } else if (value instanceof Record within) {
            return mayVary(component, within) ? record(within, random, lastHandle) : value;
        }
        return value;
    }

    /** What replicas say of each other's logs must fit together. */
    private static boolean mayVary(RecordComponent component, Record value) {
        return !(value instanceof Version)
                && (!component.getType().isInterface()
                        || value instanceof Message
                        || value instanceof ReplicationMessage<?>);
    }

    private static long number(String name, long value, Random random, long lastHandle) {
        return switch (name) {
            case "handle", "toHandle", "through" -> Math.max(1, lastHandle - random.nextInt(12));
            case "offset", "toOffset", "length" -> OFFSETS[random.nextInt(OFFSETS.length)];
            case "epoch" -> random.nextInt(3) == 0 ? value : EPOCHS[random.nextInt(EPOCHS.length)];
            case "slice" -> random.nextInt(SLICES);
            case "sequence" -> 1 + random.nextInt(1 << 16);
            default -> value;
        };
    }
}

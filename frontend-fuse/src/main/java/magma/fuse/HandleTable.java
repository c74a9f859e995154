package magma.fuse;

import java.util.Arrays;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel's handles (fh) stand for. A handle is a slot (32 bits) and how often it has been in use, so a stale one is
 * noticed. Safe for use by many threads; {@link #get} takes no lock.
 */
final class HandleTable<T> {
    private record Slot<T>(long handle, T value) {}

    private @Nullable Slot<T>[] slots = array(64);
    private int[] free = new int[64];
    private int freeCount;
    private int used;
    private int uses;
    private volatile @Nullable Slot<T>[] published = slots;

    synchronized long add(T value) {
        int index = freeCount > 0 ? free[--freeCount] : used++;
        if (index == slots.length) {
            slots = Arrays.copyOf(slots, index * 2);
            free = Arrays.copyOf(free, index * 2);
        }
        long handle = (long) ++uses << 32 | index;
        slots[index] = new Slot<>(handle, value);
        published = slots;
        return handle;
    }

    /** @throws FsException EBADF for a handle that stands for nothing */
    T get(long handle) throws FsException {
        @Nullable Slot<T>[] now = published;
        int index = (int) handle;
        if (index >= 0 && index < now.length) {
            Slot<T> slot = now[index];
            if (slot != null && slot.handle == handle) {
                return slot.value;
            }
        }
        throw new FsException(Errno.EBADF, "no open file has the handle " + handle);
    }

    /** Takes the handle out. @throws FsException as {@link #get} */
    synchronized T remove(long handle) throws FsException {
        T value = get(handle);
        int index = (int) handle;
        slots[index] = null;
        published = slots;
        free[freeCount++] = index;
        return value;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <T> @Nullable Slot<T>[] array(int length) {
        return new Slot[length];
    }
}

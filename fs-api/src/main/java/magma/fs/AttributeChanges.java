package magma.fs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What {@link FileSystem#setAttributes} shall change; null leaves a field as it is.
 *
 * @param mode the twelve permission bits
 * @param size the new length in bytes, for files only
 * @param accessed the new atime
 * @param modified the new mtime
 */
public record AttributeChanges(
        @Nullable Integer mode,
        @Nullable Integer uid,
        @Nullable Integer gid,
        @Nullable Long size,
        @Nullable TimeChange accessed,
        @Nullable TimeChange modified) {

    /** A time to set: one that the caller gives, or the time at which the change is made. */
    public sealed interface TimeChange {
        /** The time at which the change is made, by the clock that stamps all other changes (UTIME_NOW). */
        record Now() implements TimeChange {}

        /** A time given. */
        record At(Instant time) implements TimeChange {}
    }

    public AttributeChanges {
        if (mode != null && (mode & ~Attributes.MODE_MASK) != 0) {
            throw new IllegalArgumentException("a mode of 0" + Integer.toOctalString(mode));
        }
    }

    public static final AttributeChanges NONE = new AttributeChanges(null, null, null, null, null, null);

    public static AttributeChanges mode(int mode) {
        return new AttributeChanges(mode, null, null, null, null, null);
    }

    /** Null leaves that one as it is. */
    public static AttributeChanges owner(@Nullable Integer uid, @Nullable Integer gid) {
        return new AttributeChanges(null, uid, gid, null, null, null);
    }

    public static AttributeChanges size(long size) {
        return new AttributeChanges(null, null, null, size, null, null);
    }

    /** Null leaves that one as it is. */
    public static AttributeChanges times(@Nullable TimeChange accessed, @Nullable TimeChange modified) {
        return new AttributeChanges(null, null, null, null, accessed, modified);
    }

    public boolean isEmpty() {
        return equals(NONE);
    }
}

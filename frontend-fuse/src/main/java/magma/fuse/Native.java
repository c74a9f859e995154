package magma.fuse;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import org.jspecify.annotations.Nullable;

/** The C functions that this front end calls, bound by jnr-ffi. */
final class Native {
    /** O_RDONLY | O_CLOEXEC of open(2). */
    static final int READ_ONLY_CLOSE_ON_EXEC = 02000000;

    /** MNT_DETACH of umount2(2): gone from the tree at once, for its users when they are done. */
    static final int DETACH = 2;

    private static final int SET_DESCRIPTOR_FLAGS = 2;
    private static final int CLOSE_ON_EXEC = 1;

    static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");

    private Native() {}

    /** From the C library. Addresses are longs, which is the fast way through jnr-ffi; failure is -1 and {@link #errno}. */
    public interface LibC {
        long read(int descriptor, long address, long bytes);

        long write(int descriptor, long address, long bytes);

        int close(int descriptor);

        int fcntl(int descriptor, int command, int argument);

        /** @param buffer of at least 120 bytes, the size of struct statfs on 64-bit Linux */
        int statfs(@In String path, @Out byte[] buffer);

        int umount2(@In String path, int flags);

        int geteuid();

        int open(@In String path, int flags);

        int syncfs(int descriptor);
    }

    /** From libfuse.so.2: fuse_lowlevel_compat.h and fuse_common.h of libfuse 2.9. */
    public interface LibFuse {
        /** Mounts, by mount(2) or through fusermount; null when it failed, having said why on the standard error. */
        @Nullable
        Pointer fuse_mount(@In String mountPoint, Arguments arguments);

        int fuse_chan_fd(Pointer channel);
    }

    /** struct fuse_args. */
    static final class Arguments extends Struct {
        final Signed32 count = new Signed32();
        final Struct.Pointer values = new Struct.Pointer();
        final Signed32 allocated = new Signed32();

        Arguments(Runtime runtime) {
            super(runtime);
        }
    }

    /**
     * libfuse.so.2.
     *
     * @throws UnsatisfiedLinkError when it is not installed
     */
    static LibFuse libFuse() {
        return LibraryLoader.create(LibFuse.class).failImmediately().load("libfuse.so.2");
    }

    /** The errno of this thread's last call. */
    static int errno() {
        return Runtime.getRuntime(LIBC).getLastError();
    }

    /** Where a direct buffer's first byte is. */
    static long address(ByteBuffer direct) {
        return MemoryIO.getInstance().getDirectBufferAddress(direct);
    }

    /** Keeps {@code descriptor} from programs that this process starts: one that held it would keep a dead mount alive. */
    static void closeOnExec(int descriptor) {
        LIBC.fcntl(descriptor, SET_DESCRIPTOR_FLAGS, CLOSE_ON_EXEC);
    }
}

package magma.fuse;

import java.nio.file.Path;
import java.time.InstantSource;
import magma.fs.AttributeChanges;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.testkit.fs.MemoryVolume;

/** A process that serves a volume in memory, open to all, on the directory given, until SIGTERM or its end of input. */
final class ServeMemory {
    /** What it prints when the volume can be used. */
    static final String READY = "mounted";

    private ServeMemory() {}

    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        MemoryVolume volume = new MemoryVolume(new MemoryVolume.Settings(InstantSource.system(), 8L << 30, 63));
        try (FileSystem session = volume.openSession("preparation", ChangeListener.NONE)) {
            session.setAttributes(Caller.ROOT, session.root(), AttributeChanges.mode(0777), null);
        }
        FuseMount mount = FuseMount.mount(volume, Path.of(arguments[0]), FuseSettings.DEFAULT);
        System.out.println(READY);
        if (System.in.read() < 0) {
            mount.close();
        }
    }
}

package magma.fuse;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.Volume;

/** A volume whose every method, once it is broken, fails in a way that no contract foresees. */
final class BreakableVolume implements Volume {
    private final Volume volume;
    private volatile boolean broken;

    BreakableVolume(Volume volume) {
        this.volume = volume;
    }

    void breakAll() {
        broken = true;
    }

    void mend() {
        broken = false;
    }

    @Override
    public FileSystem openSession(String client, ChangeListener listener) throws magma.fs.FsException {
        return around(FileSystem.class, volume.openSession(client, listener));
    }

    private <T> T around(Class<T> type, T whole) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (broken && !method.getName().equals("close")) {
                throw new IllegalStateException("injected into " + method.getName());
            }
            try {
                Object result = method.invoke(whole, arguments);
                if (result instanceof FileSystem.Created created) {
                    OpenFile file = around(OpenFile.class, created.file());
                    return new FileSystem.Created(created.attributes(), file, created.isNew());
                }
                if (result instanceof OpenFile file) {
                    return around(OpenFile.class, file);
                }
                return result instanceof OpenDirectory directory ? around(OpenDirectory.class, directory) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}

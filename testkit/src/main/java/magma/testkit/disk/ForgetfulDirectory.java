package magma.testkit.disk;

import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;

/** An open directory of a {@link ForgetfulVolume}. */
final class ForgetfulDirectory implements OpenDirectory {
    private final ForgetfulVolume volume;
    private final OpenDirectory inner;

    ForgetfulDirectory(ForgetfulVolume volume, OpenDirectory inner) {
        this.volume = volume;
        this.inner = inner;
    }

    @Override
    public Key flare() {
        return inner.flare();
    }

    @Override
    public Page list(long cookie, int most, boolean attributes) throws FsException {
        return volume.read(() -> inner.list(cookie, most, attributes));
    }

    @Override
    public void sync() throws FsException {
        volume.sync(() -> volume.journal().syncDirectory(flare()));
    }

    /** Works without power too. */
    @Override
    public void close() {
        inner.close();
    }
}

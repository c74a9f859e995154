package magma.vulcano;

import magma.dht.front.FrontVolume;
import magma.dht.front.Homes;
import magma.dht.volume.LavaVolume;
import magma.dht.wire.Signal;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;

/** Where sessions come in: those of clients at the front, those that other vulcanos relay at home. Closed while the node does not serve. */
record SessionDoor(Stage stage, FrontVolume front, LavaVolume home) {

    /** A client that has no name for its session cannot go on with it elsewhere. */
    FileSystem atFront(Homes.SessionName name, ChangeListener changes) throws FsException {
        checkOpen();
        return name.id().equals(Signal.Hello.NO_SESSION)
                ? front.openServed(name.client(), changes)
                : front.open(name, changes);
    }

    FileSystem atHome(Homes.SessionName session, ChangeListener changes) throws FsException {
        checkOpen();
        return home.openHome(session, changes).plain();
    }

    private void checkOpen() throws FsException {
        if (!stage.isServing()) {
            throw new FsException(Errno.ENOTCONN, "the vulcano is starting");
        }
    }
}

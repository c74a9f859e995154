package magma.vulcano;

import magma.dht.front.HomeSession;
import magma.dht.front.Homes;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.netty.Relays;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.volume.LavaVolume;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FsException;

/**
 * The parts of sessions at the vulcanos: at this one by its volume, at others by a relay.
 *
 * @param volume of this vulcano
 */
record NodeHomes(VulcanoId self, LavaVolume volume, Neighbours neighbours, Relays relays) implements Homes {
    @Override
    public HomeSession open(VulcanoId home, SessionName session, ChangeListener listener) throws FsException {
        if (home.equals(self)) {
            return volume.openHome(session.by(self), listener);
        }
        RemoteSettings settings = neighbours.find(home);
        if (settings == null) {
            throw new FsException(Errno.EREMOTE, "the address of " + home + " is not known");
        }
        return relays.open(settings, session, listener);
    }
}

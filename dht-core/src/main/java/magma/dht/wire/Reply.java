package magma.dht.wire;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import magma.dht.identity.JoinReply;
import magma.dht.identity.RenewReply;
import magma.fs.Acl;
import magma.fs.Attributes;
import magma.fs.Errno;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.OpenDirectory;
import magma.fs.Statistics;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/** The answer to a {@link Request}: {@link Failure}, or what the request names. */
public sealed interface Reply extends Message {
    /** The longest detail of a failure or text of a finding, in bytes; what is longer is cut. */
    int TEXT_BYTES = 4096;

    /** What one vulcano answers to another. */
    sealed interface OfPeer extends Reply permits PeerReply {}

    /** It is done. */
    record Done() implements Reply {}

    /** It is not, and nothing was changed. */
    record Failure(Errno errno, String detail) implements Reply {}

    record AttributesOf(Attributes attributes) implements Reply {}

    record KeyOf(Key key) implements Reply {}

    /** Bytes: of a file, a symlink or an extended attribute. A view into the frame on the side that reads it. */
    record Content(ByteBuffer bytes) implements Reply {}

    record CreatedFile(Attributes attributes, long handle, boolean isNew) implements Reply {}

    record Opened(long handle) implements Reply {}

    record Amount(long value) implements Reply {}

    record Names(List<XattrName> names) implements Reply {
        public Names {
            names = List.copyOf(names);
        }
    }

    /** @param acl null for none */
    record AclOf(@Nullable Acl acl) implements Reply {}

    /** @param lock null for none */
    record Conflict(@Nullable Lock lock) implements Reply {}

    record StatisticsOf(Statistics statistics) implements Reply {}

    record Page(OpenDirectory.Page page) implements Reply {}

    /**
     * How a vulcano is.
     *
     * @param network the network's id
     * @param software version of the build
     * @param listen HOST:PORT
     * @param flares how many the network holds
     * @param storedBytes what storage takes on disk
     * @param freeBytes what the disk has left
     * @param availableBytes what may still be stored
     * @param mounts directories where this very process serves
     */
    record StatusOf(
            UUID network,
            String name,
            String software,
            long pid,
            Duration uptime,
            String listen,
            String data,
            long flares,
            long storedBytes,
            long freeBytes,
            long availableBytes,
            List<SliceStatus> slices,
            List<SessionStatus> sessions,
            List<String> mounts)
            implements Reply {
        public StatusOf {
            slices = List.copyOf(slices);
            sessions = List.copyOf(sessions);
            mounts = List.copyOf(mounts);
        }
    }

    /**
     * One slice.
     *
     * @param first the first key
     * @param last the last key
     * @param records how many it holds; -1 where that is not counted
     * @param role "primary" or "backup"
     */
    record SliceStatus(long id, Key first, Key last, long epoch, String role, long records) {}

    /** One session. */
    record SessionStatus(String client, Duration age, int opens) {}

    /**
     * What a check found.
     *
     * @param checked how many flares, entries and other things were looked at, for people
     * @param total how many problems there are
     * @param problems the first of them
     */
    record Findings(List<String> checked, long total, List<String> problems) implements Reply {
        /** The most problems that one reply names. */
        public static final int MOST = 200;

        public Findings {
            checked = List.copyOf(checked);
            problems = List.copyOf(problems);
        }
    }

    /** One line. */
    record Text(String text) implements Reply {}

    /**
     * The sender is a member now.
     *
     * @param name the network's, for people
     * @param members vulcanos to begin with
     */
    record Joined(JoinReply reply, UUID network, String name, List<Contact> members) implements Reply {
        public Joined {
            members = List.copyOf(members);
        }
    }

    /** Where a vulcano is. */
    record Contact(UUID vulcano, String address) {}

    record Renewed(RenewReply reply) implements Reply {}

    /** How the network is. */
    record LavaOf(UUID network, String name, long slices, List<VulcanoStatus> vulcanos) implements Reply {
        public LavaOf {
            vulcanos = List.copyOf(vulcanos);
        }
    }

    /**
     * One vulcano of a network.
     *
     * @param state "up", "down", "left" or "expelled"; or {@link #SILENT}, a space, and for how many seconds the vulcano that answers has not heard it
     * @param kind "storing" or "witness"
     * @param council "leader", "voter" or "learner"
     * @param primaries slices that it leads
     * @param backups slices that it holds in sync and does not lead
     * @param behind slices that it shall hold and is not in sync with
     * @param flares of the slices that it leads; -1 where it does not answer
     * @param storedBytes what its storage takes; -1 where it does not answer
     * @param freeBytes what may still be stored; -1 where it does not answer
     */
    record VulcanoStatus(
            UUID id,
            String address,
            String state,
            String kind,
            String council,
            String version,
            int primaries,
            int backups,
            int behind,
            long flares,
            long storedBytes,
            long freeBytes) {
        public static final String SILENT = "silent";
    }

    /** Which certificates there are. */
    record CertificatesOf(List<CertificateStatus> certificates) implements Reply {
        public CertificatesOf {
            certificates = List.copyOf(certificates);
        }
    }

    /**
     * One certificate.
     *
     * @param role "vulcano", "operator", "client" or "read-only"
     * @param expires seconds since 1970
     */
    record CertificateStatus(String serial, String role, String name, long expires, boolean revoked) {}

    /** Where the records of a path are, from the root on. */
    record Places(List<Place> places) implements Reply {
        /** The most that one reply names. */
        public static final int MOST = 2_000;

        public Places {
            places = List.copyOf(places);
        }
    }

    /**
     * One record's place.
     *
     * @param what "entry", "flare" or "chunk 7"
     * @param name the path that leads to it
     * @param slice the id of the slice that has the key
     */
    record Place(String what, String name, Key key, long slice) {}
}

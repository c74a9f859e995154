package magma.dht.host;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import magma.dht.host.ReplicaPorts.NotPrimaryException;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordDigest;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;

/** Says, in digests, what the replicas of this vulcano have committed, so that they can be compared with others. Content is read and checked. */
public final class DigestSource {
    /** The most records of one digest, and of one list of them. */
    static final int MOST = 4_096;

    private static final int MOST_LISTED = 1_000;

    /** About so many bytes are read for one digest, one chunk more at the most. */
    private static final int BYTES_READ = 8 << 20;

    private static final int PAGE = 256;

    /** Enough to tell records apart that differ by mishap. */
    private static final int DIGEST_BYTES = 16;

    /** So often is a chunk read that changes while it is read. */
    private static final int READINGS = 3;

    private final Replicas replicas;
    private final Storage storage;

    public DigestSource(Replicas replicas, Storage storage) {
        this.replicas = replicas;
        this.storage = storage;
    }

    /** Fails with {@link NotPrimaryException} where there is no replica of the slice, with {@link StorageException} where what is stored is damaged. */
    public CompletableFuture<PeerReply.DigestsOf> digest(PeerRequest.DigestRecords request) {
        Slice slice = replicas.sliceOf(request.slice());
        if (slice == null) {
            return CompletableFuture.failedFuture(new NotPrimaryException(request.slice(), null));
        }
        try {
            Version committed = committed(request.slice());
            Walk walk = new Walk(request.each());
            RecordId next = walk.over(slice, request.from(), request.end());
            return CompletableFuture.completedFuture(walk.found(committed, committed(request.slice()), next));
        } catch (StorageException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Version committed(long slice) {
        return storage.commits().getOrDefault(slice, Version.NONE);
    }

    /** One way through records, in order. */
    private final class Walk {
        private final boolean each;
        private final List<PeerReply.Digested> records = new ArrayList<>();
        private final MessageDigest all = RecordDigest.sha256();
        private int count;
        private long bytes;

        private Walk(boolean each) {
            this.each = each;
        }

        /** @return where it ended */
        private RecordId over(Slice slice, RecordId from, RecordId end) throws StorageException {
            for (RecordKind kind : RecordKind.values()) {
                RecordId first = RecordId.of(slice.first(), kind.code());
                RecordId last = Records.end(kind, slice.last());
                RecordId next = from.compareTo(first) > 0 ? from : first;
                RecordId stop = end.compareTo(last) < 0 ? end : last;
                while (next.compareTo(stop) < 0) {
                    List<StoredRecord> page = storage.scan(next, stop, PAGE);
                    for (StoredRecord record : page) {
                        add(record);
                        if (count >= (each ? MOST_LISTED : MOST) || bytes >= BYTES_READ) {
                            return record.id().successor();
                        }
                    }
                    next = page.size() < PAGE
                            ? stop
                            : page.get(page.size() - 1).id().successor();
                }
            }
            return end;
        }

        private void add(StoredRecord scanned) throws StorageException {
            PeerReply.Digested record =
                    scanned.id().kind() == RecordKind.CHUNK.code() ? chunk(scanned) : plain(scanned);
            count++;
            all.update(RecordDigest.numbers(
                    record.version().epoch(),
                    record.version().sequence(),
                    record.id().encoded().length));
            all.update(record.id().encoded());
            all.update(record.digest());
            if (each) {
                records.add(record);
            }
        }

        private PeerReply.Digested plain(StoredRecord record) {
            bytes += record.value().length;
            return digested(record, List.of());
        }

        /** Version and content are read one after the other: they belong together when the version is the same afterwards. */
        private PeerReply.Digested chunk(StoredRecord scanned) throws StorageException {
            StoredRecord before = scanned;
            for (int reading = 0; reading < READINGS; reading++) {
                List<Mutation.Write> content = storage.export(scanned.id());
                content.forEach(write -> bytes += write.data().remaining());
                StoredRecord after = storage.get(scanned.id());
                if (after != null && after.version().equals(before.version())) {
                    return digested(after, content);
                }
                before = after == null ? before : after;
            }
            return new PeerReply.Digested(scanned.id(), before.version(), new byte[0]);
        }

        private PeerReply.DigestsOf found(Version committed, Version until, RecordId next) {
            return new PeerReply.DigestsOf(committed, until, next, count, cut(all.digest()), records);
        }
    }

    private static PeerReply.Digested digested(StoredRecord record, List<Mutation.Write> content) {
        return new PeerReply.Digested(record.id(), record.version(), cut(RecordDigest.of(record, content)));
    }

    private static byte[] cut(byte[] digest) {
        return Arrays.copyOf(digest, DIGEST_BYTES);
    }
}

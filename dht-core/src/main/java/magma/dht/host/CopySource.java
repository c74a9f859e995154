package magma.dht.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import magma.dht.record.RecordKind;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.Installed;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;

/**
 * Gives the committed records of a slice to another replica, page by page, while they change. Whether the slice is led here does not matter: what was committed stays
 * so. But each page says which state it is of, since pages of two make none.
 */
public final class CopySource {
    /** The most records of a page. */
    static final int PAGE = 2_000;

    /** About so many bytes in one reply, one chunk more at the most. */
    private static final int REPLY_BYTES = 512 << 10;

    /** So often is a chunk read that changes while it is read. */
    private static final int READINGS = 4;

    private final Replicas replicas;
    private final Storage storage;

    public CopySource(Replicas replicas, Storage storage) {
        this.replicas = replicas;
        this.storage = storage;
    }

    CompletableFuture<PeerReply.ListingOf> list(VulcanoId from, PeerRequest.ListRecords request) {
        return replicas.copying(request.slice(), from, incarnation -> {
            Version committed = replicas.committed(request.slice());
            int most = Math.max(1, Math.min(request.most(), PAGE));
            List<StoredRecord> records = storage.scan(request.from(), request.end(), most);
            return new PeerReply.ListingOf(
                    incarnation,
                    committed,
                    records.stream()
                            .map(record -> new PeerReply.Listed(record.id(), record.version()))
                            .toList(),
                    records.size() == most);
        });
    }

    CompletableFuture<PeerReply.CopiesOf> fetch(VulcanoId from, PeerRequest.FetchRecords request) {
        return replicas.copying(request.slice(), from, incarnation -> {
            Version committed = replicas.committed(request.slice());
            List<Installed> items = new ArrayList<>();
            int bytes = 0;
            int next = 0;
            while (next < request.ids().size() && bytes < REPLY_BYTES) {
                bytes += add(request.ids().get(next), committed, items);
                next++;
            }
            return new PeerReply.CopiesOf(incarnation, items, next);
        });
    }

    /** @return about how many bytes were added */
    private int add(RecordId id, Version committed, List<Installed> items) throws StorageException {
        StoredRecord record = storage.get(id);
        if (record == null) {
            items.add(new Installed(new Mutation.Delete(id), committed));
            return 64;
        }
        if (id.kind() != RecordKind.CHUNK.code()) {
            items.add(new Installed(new Mutation.Put(id, record.value()), record.version()));
            return 64 + record.value().length;
        }
        return addChunk(record, items);
    }

    /**
     * Version and content are read one after the other: they belong together when the version is the same afterwards. Of one that goes on changing the earlier is taken:
     * what comes later is in the log.
     */
    private int addChunk(StoredRecord found, List<Installed> items) throws StorageException {
        StoredRecord record = found;
        List<Mutation.Write> content = storage.export(record.id());
        for (int reading = 1; reading < READINGS; reading++) {
            StoredRecord after = storage.get(record.id());
            if (after == null || after.version().equals(record.version())) {
                break;
            }
            record = after;
            content = storage.export(record.id());
        }
        items.add(new Installed(new Mutation.Delete(record.id()), record.version()));
        int bytes = 64;
        for (Mutation.Write write : content) {
            ByteBuffer data = write.data();
            items.add(new Installed(write, record.version()));
            bytes += 64 + data.remaining();
        }
        return bytes;
    }
}

package magma.vulcano;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import magma.dht.record.Content;
import magma.dht.record.Flare;
import magma.dht.record.Records;
import magma.dht.routing.Slices;
import magma.dht.storage.StoredRecord;
import magma.dht.volume.ChunkMap;
import magma.dht.wire.Reply;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.Volume;

/** Finds the keys that a path leads to, link by link, and the slices that hold them. */
final class Locator {
    /** Bytes of a chunk. */
    private final Volume volume;

    private final Slices slices;
    private final Records records;
    private final List<Reply.Place> places = new ArrayList<>();

    Locator(Volume volume, Slices slices, Records records) {
        this.volume = volume;
        this.slices = slices;
        this.records = records;
    }

    /**
     * The root's flare, then for each name its entry and flare, then the chunks of a file that are stored. Symlinks are not followed.
     *
     * @throws FsException ENOENT and others as a lookup
     */
    Reply.Places locate(byte[] path) throws FsException {
        try (FileSystem session = volume.openSession("locate", ChangeListener.NONE)) {
            Attributes at = session.getAttributes(session.root());
            StringBuilder walked = new StringBuilder("/");
            add("flare", "/", at.key());
            for (Name name : names(path)) {
                if (walked.length() > 1) {
                    walked.append('/');
                }
                walked.append(name);
                add("entry", walked.toString(), records.entry(at.key(), name).key());
                at = session.lookup(Caller.ROOT, at.key(), name);
                add("flare", walked.toString(), at.key());
            }
            if (at.type() == FlareType.FILE) {
                chunks(walked.toString(), at);
            }
        }
        return new Reply.Places(places);
    }

    private void chunks(String path, Attributes file) throws FsException {
        StoredRecord record = slices.read(Records.flare(file.key())).record();
        if (record == null) {
            return;
        }
        Content content = Flare.decode(record.value()).content();
        ChunkMap chunks = new ChunkMap(slices, records, file.key(), content.layout());
        chunks.visitStored(0, content.chunkLimit(), indexes -> {
            for (long index : indexes) {
                if (places.size() < Reply.Places.MOST) {
                    add("chunk " + index, path, chunks.id(index).key());
                }
            }
            return places.size() < Reply.Places.MOST;
        });
    }

    private void add(String what, String path, Key key) {
        places.add(new Reply.Place(what, path, key, slices.map().of(key).number()));
    }

    private static List<Name> names(byte[] path) throws FsException {
        List<Name> names = new ArrayList<>();
        ByteArrayOutputStream name = new ByteArrayOutputStream();
        for (byte b : (new String(path, StandardCharsets.ISO_8859_1) + "/").getBytes(StandardCharsets.ISO_8859_1)) {
            if (b != '/') {
                name.write(b);
            } else if (name.size() > 0) {
                names.add(Name.of(name.toByteArray()));
                name.reset();
            }
        }
        return names;
    }
}

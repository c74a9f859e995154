package magma.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import magma.fs.Attributes;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import magma.fuse.protocol.MalformedMessageException;
import magma.fuse.protocol.Replies;
import magma.fuse.protocol.Replies.Opened;
import magma.fuse.protocol.Requests;
import org.jspecify.annotations.Nullable;

/** Requests about open directories. */
final class DirectoryHandlers {
    /** Offsets after "." and "..", which the volume's cookies leave free. */
    private static final long AFTER_SELF = 1;

    private static final long AFTER_PARENT = 2;
    private static final byte[] SELF = {'.'};
    private static final byte[] PARENT = {'.', '.'};

    private final MountState state;
    private final FileSystem fileSystem;

    DirectoryHandlers(MountState state) {
        this.state = state;
        this.fileSystem = state.fileSystem;
    }

    void open(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.Open.read(exchange.body());
        long node = exchange.node();
        OpenDirectory directory = fileSystem.openDirectory(exchange.caller(), state.nodes.key(node));
        long handle = state.directories.add(new OpenListing(directory));
        int cache = 0;
        if (state.isExact()) {
            cache = Opened.CACHE_DIRECTORY | (state.nodes.takeChanged(node) ? 0 : Opened.KEEP_CACHE);
        }
        Replies.putOpen(exchange.answer(), handle, cache);
        if (!exchange.send()) {
            state.directories.remove(handle).directory().close();
        }
    }

    void release(Exchange exchange) throws IOException, MalformedMessageException {
        long handle = Requests.Release.read(exchange.body()).handle();
        state.directories.remove(handle).directory().close();
        exchange.sendDone();
    }

    void sync(Exchange exchange) throws IOException, MalformedMessageException {
        long handle = Requests.Sync.read(exchange.body()).handle();
        state.directories.get(handle).directory().sync();
        exchange.sendDone();
    }

    void read(Exchange exchange) throws IOException, MalformedMessageException {
        read(exchange, false);
    }

    void readWithAttributes(Exchange exchange) throws IOException, MalformedMessageException {
        read(exchange, true);
    }

    private void read(Exchange exchange, boolean attributes) throws IOException, MalformedMessageException {
        Requests.Read request = Requests.Read.read(exchange.body());
        OpenListing listing = state.directories.get(request.handle());
        ByteBuffer out = exchange.answer();
        out.limit(Replies.HEADER_BYTES + Math.min(request.size(), Exchange.MAX_CONTENT));
        Filling filling = new Filling(listing, out, attributes, state.invalidations.now());
        filling.fill(request.offset());
        if (!exchange.send()) {
            filling.forget();
        } else {
            filling.recheck(exchange.node());
        }
    }

    /** One answer being filled with entries. */
    private final class Filling {
        private final OpenListing listing;
        private final ByteBuffer out;
        private final boolean attributes;
        private final long since;
        private List<OpenDirectory.Entry> entries = List.of();
        private long[] acquired = new long[0];
        private int acquiredCount;
        private int names;
        private int nameBytes;

        Filling(OpenListing listing, ByteBuffer out, boolean attributes, long since) {
            this.listing = listing;
            this.out = out;
            this.attributes = attributes;
            this.since = since;
        }

        void fill(long offset) throws IOException {
            if (offset < AFTER_SELF && !putDots(SELF, listing.flare(), AFTER_SELF)) {
                return;
            }
            if (offset < AFTER_PARENT && !putDots(PARENT, fileSystem.parent(listing.flare()), AFTER_PARENT)) {
                return;
            }
            OpenListing.Spot spot =
                    offset <= AFTER_PARENT ? new OpenListing.Spot(OpenDirectory.START, 0) : listing.spot(offset);
            OpenDirectory.Page page = listing.directory().list(spot.cookie(), most(spot), attributes);
            putAll(page.entries(), spot);
            if (names > 0) {
                listing.sawNames(names, nameBytes);
            }
        }

        private int most(OpenListing.Spot spot) {
            int bytes = Replies.directoryEntryBytes(listing.nameBytes()) + (attributes ? Replies.ENTRY_BYTES : 0);
            return spot.skip() + Math.max(1, out.remaining() / bytes);
        }

        private void putAll(List<OpenDirectory.Entry> page, OpenListing.Spot spot) {
            entries = page;
            acquired = new long[page.size()];
            long before = spot.cookie();
            int equals = 0;
            for (int i = 0; i < page.size(); i++) {
                OpenDirectory.Entry entry = page.get(i);
                boolean last = i + 1 == page.size() || page.get(i + 1).cookie() != entry.cookie();
                equals++;
                long next = last ? entry.cookie() : listing.offsetBetween(before, entry.cookie(), equals);
                if (i >= spot.skip() && !put(entry, next)) {
                    return;
                }
                if (last) {
                    before = entry.cookie();
                    equals = 0;
                }
            }
        }

        private boolean putDots(byte[] name, Key flare, long next) {
            if (!fits(name.length)) {
                return false;
            }
            if (attributes) {
                Replies.putUnknownEntry(out);
            }
            Replies.putDirectoryEntry(out, flare.inode(), next, FlareType.DIRECTORY.directoryType(), name);
            return true;
        }

        private boolean put(OpenDirectory.Entry entry, long next) {
            byte[] name = entry.name().bytes();
            if (!fits(name.length)) {
                return false;
            }
            if (attributes) {
                putAttributes(entry.attributes());
            }
            Replies.putDirectoryEntry(
                    out, entry.flare().inode(), next, entry.type().directoryType(), name);
            names++;
            nameBytes += name.length;
            return true;
        }

        private void putAttributes(@Nullable Attributes known) {
            if (known == null) {
                Replies.putUnknownEntry(out);
            } else {
                long node = state.nodes.acquire(known.key());
                acquired[acquiredCount++] = node;
                state.putEntry(out, node, known);
            }
        }

        private boolean fits(int name) {
            int bytes = Replies.directoryEntryBytes(name) + (attributes ? Replies.ENTRY_BYTES : 0);
            return bytes <= out.remaining();
        }

        /** Takes back what the kernel was not told. */
        void forget() {
            Arrays.stream(acquired, 0, acquiredCount).forEach(node -> state.nodes.forget(node, 1));
        }

        /** Takes back what others changed while it was on its way. */
        void recheck(long node) {
            if (!attributes || state.invalidations.now() == since) {
                return;
            }
            for (OpenDirectory.Entry entry : entries) {
                long known = state.nodes.find(entry.flare());
                if (known != 0) {
                    state.invalidations.sentFlare(entry.flare(), known, since);
                    state.invalidations.sentEntry(listing.flare(), node, entry.name(), since);
                }
            }
        }
    }
}

package magma.testkit.storage;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Run;
import magma.dht.storage.Visibility;

/** The content of one chunk: runs that do not overlap, in order. Immutable. */
record MemoryChunk(List<Piece> pieces) {
    static final MemoryChunk EMPTY = new MemoryChunk(List.of());

    MemoryChunk {
        pieces = List.copyOf(pieces);
    }

    /** Bytes {@code at} to {@code at + length} of {@code data} are bytes {@code from} on of the chunk. */
    record Piece(int from, int length, long generation, byte[] data, int at) {
        int to() {
            return from + length;
        }

        Piece part(int start, int end) {
            return new Piece(start, end - start, generation, data, at + start - from);
        }
    }

    MemoryChunk write(int offset, long generation, byte[] data) {
        List<Piece> changed = without(offset, offset + data.length);
        changed.add(new Piece(offset, data.length, generation, data, 0));
        changed.sort(Comparator.comparingInt(Piece::from));
        return new MemoryChunk(changed);
    }

    MemoryChunk punch(int from, int to) {
        return new MemoryChunk(without(from, to));
    }

    private List<Piece> without(int from, int to) {
        List<Piece> kept = new ArrayList<>();
        for (Piece piece : pieces) {
            if (piece.to() <= from || piece.from() >= to) {
                kept.add(piece);
                continue;
            }
            if (piece.from() < from) {
                kept.add(piece.part(piece.from(), from));
            }
            if (piece.to() > to) {
                kept.add(piece.part(to, piece.to()));
            }
        }
        return kept;
    }

    void read(int offset, ByteBuffer to, Visibility visibility) {
        byte[] bytes = new byte[to.remaining()];
        int end = offset + bytes.length;
        for (Piece piece : pieces) {
            int start = Math.max(offset, piece.from());
            int stop = Math.min(end, Math.min(piece.to(), visibility.limit(piece.generation())));
            if (start < stop) {
                System.arraycopy(piece.data(), piece.at() + start - piece.from(), bytes, start - offset, stop - start);
            }
        }
        to.put(bytes);
    }

    List<Run> runs(Visibility visibility) {
        List<Run> runs = new ArrayList<>();
        for (Piece piece : pieces) {
            int to = Math.min(piece.to(), visibility.limit(piece.generation()));
            if (to <= piece.from()) {
                continue;
            }
            Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
            if (last != null && last.to() == piece.from()) {
                runs.set(runs.size() - 1, new Run(last.from(), to));
            } else {
                runs.add(new Run(piece.from(), to));
            }
        }
        return runs;
    }

    /** All content; adjacent bytes of one generation in one write. */
    List<Mutation.Write> export(RecordId id) {
        List<Mutation.Write> writes = new ArrayList<>();
        for (int i = 0, next; i < pieces.size(); i = next) {
            Piece first = pieces.get(i);
            next = i + 1;
            while (next < pieces.size()
                    && pieces.get(next).from() == pieces.get(next - 1).to()
                    && pieces.get(next).generation() == first.generation()) {
                next++;
            }
            ByteBuffer bytes = ByteBuffer.allocate(pieces.get(next - 1).to() - first.from());
            read(first.from(), bytes, Visibility.ALL);
            writes.add(new Mutation.Write(id, first.from(), first.generation(), bytes.flip()));
        }
        return writes;
    }

    long bytes() {
        return pieces.stream().mapToLong(Piece::length).sum();
    }
}

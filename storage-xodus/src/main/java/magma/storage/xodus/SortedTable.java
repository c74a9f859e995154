package magma.storage.xodus;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import magma.dht.storage.RecordId;
import org.jspecify.annotations.Nullable;

/**
 * An ordered table that never changes: to put something makes another table, which shares what is equal. So readers need no lock and see one moment. An
 * AVL tree (Adelson-Velsky and Landis, 1962) whose paths are copied.
 */
final class SortedTable {
    static final SortedTable EMPTY = new SortedTable(null, 0, 0);

    /** What a node and an id take beside the bytes of id and entry. */
    private static final int NODE_WEIGHT = 96;

    private final @Nullable Node root;
    private final int size;
    private final long weight;

    private record Node(
            RecordId id,
            Entry entry,
            @Nullable Node left,
            @Nullable Node right,
            int height) {}

    private SortedTable(@Nullable Node root, int size, long weight) {
        this.root = root;
        this.size = size;
        this.weight = weight;
    }

    int size() {
        return size;
    }

    /** About how many bytes of memory it takes. */
    long weight() {
        return weight;
    }

    @Nullable
    Entry get(RecordId id) {
        Node node = root;
        while (node != null) {
            int order = id.compareTo(node.id);
            if (order == 0) {
                return node.entry;
            }
            node = order < 0 ? node.left : node.right;
        }
        return null;
    }

    SortedTable put(RecordId id, Entry entry) {
        Entry old = get(id);
        long added = old == null ? NODE_WEIGHT + id.encoded().length + entry.weight() : entry.weight() - old.weight();
        return new SortedTable(put(root, id, entry), old == null ? size + 1 : size, weight + added);
    }

    private static Node put(@Nullable Node node, RecordId id, Entry entry) {
        if (node == null) {
            return new Node(id, entry, null, null, 1);
        }
        int order = id.compareTo(node.id);
        if (order == 0) {
            return new Node(node.id, entry, node.left, node.right, node.height);
        }
        return order < 0
                ? balanced(node, put(node.left, id, entry), node.right)
                : balanced(node, node.left, put(node.right, id, entry));
    }

    private static int height(@Nullable Node node) {
        return node == null ? 0 : node.height;
    }

    private static Node node(Node of, @Nullable Node left, @Nullable Node right) {
        return new Node(of.id, of.entry, left, right, Math.max(height(left), height(right)) + 1);
    }

    private static Node balanced(Node of, @Nullable Node left, @Nullable Node right) {
        if (left != null && left.height > height(right) + 1) {
            Node inner = left.right;
            if (inner != null && inner.height > height(left.left)) {
                return node(inner, node(left, left.left, inner.left), node(of, inner.right, right));
            }
            return node(left, left.left, node(of, left.right, right));
        }
        if (right != null && right.height > height(left) + 1) {
            Node inner = right.left;
            if (inner != null && inner.height > height(right.right)) {
                return node(inner, node(of, left, inner.left), node(right, inner.right, right.right));
            }
            return node(right, node(of, left, right.left), right.right);
        }
        return node(of, left, right);
    }

    /** From {@code from} on, in order. */
    Iterator<Map.Entry<RecordId, Entry>> iterator(@Nullable RecordId from) {
        ArrayDeque<Node> path = new ArrayDeque<>();
        Node node = root;
        while (node != null) {
            if (from == null || from.compareTo(node.id) <= 0) {
                path.push(node);
                node = node.left;
            } else {
                node = node.right;
            }
        }
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !path.isEmpty();
            }

            @Override
            public Map.Entry<RecordId, Entry> next() {
                if (path.isEmpty()) {
                    throw new NoSuchElementException();
                }
                Node next = path.pop();
                for (Node below = next.right; below != null; below = below.left) {
                    path.push(below);
                }
                return Map.entry(next.id, next.entry);
            }
        };
    }
}

package magma.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import org.junit.jupiter.api.Test;

class NodeTableTest {
    private static final Key ROOT = new Key(1, 2, 3);
    private final NodeTable nodes = new NodeTable(ROOT);

    private static Key key(int number) {
        return new Key(number * 0x9e3779b97f4a7c15L, number, number);
    }

    @Test
    void rootIsAlwaysNodeOne() throws Exception {
        assertThat(nodes.acquire(ROOT)).isEqualTo(1);
        nodes.forget(1, 1_000);
        assertThat(nodes.key(1)).isEqualTo(ROOT);
        assertThat(nodes.find(ROOT)).isEqualTo(1);
    }

    @Test
    void flareHasOneNodeAsLongAsItIsKnown() throws Exception {
        long node = nodes.acquire(key(7));
        assertThat(nodes.acquire(key(7))).isEqualTo(node);
        nodes.forget(node, 1);
        assertThat(nodes.key(node)).isEqualTo(key(7));
        nodes.forget(node, 1);
        assertThat(nodes.find(key(7))).isZero();
    }

    @Test
    void nodeThatIsForgottenIsStaleForEver() {
        long node = nodes.acquire(key(7));
        nodes.forget(node, 1);
        long again = nodes.acquire(key(7));
        assertThat(again).isNotEqualTo(node);
        assertThatThrownBy(() -> nodes.key(node))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESTALE));
        assertThatThrownBy(() -> nodes.key(-1)).isInstanceOf(FsException.class);
        assertThatThrownBy(() -> nodes.key(0)).isInstanceOf(FsException.class);
        nodes.forget(-1, 1);
        nodes.forget(0, 1);
    }

    @Test
    void marksAreTakenOnce() {
        long node = nodes.acquire(key(7));
        nodes.markChanged(node);
        nodes.markPrivileged(node);
        assertThat(nodes.takeChanged(node)).isTrue();
        assertThat(nodes.takeChanged(node)).isFalse();
        assertThat(nodes.takePrivileged(node)).isTrue();
        assertThat(nodes.takePrivileged(node)).isFalse();
        nodes.markChanged(1);
        assertThat(nodes.takeChanged(1)).isTrue();
        assertThat(nodes.takeChanged(1)).isFalse();
    }

    @Test
    void thatThereIsNoCapabilityIsKnownUntilItIsTakenBack() {
        long one = nodes.acquire(key(7));
        long two = nodes.acquire(key(8));
        assertThat(nodes.isWithoutCapability(one)).isFalse();
        nodes.markWithoutCapability(one);
        nodes.markWithoutCapability(two);
        nodes.markChanged(two);
        nodes.mayHaveCapability(one);
        assertThat(nodes.isWithoutCapability(one)).isFalse();
        assertThat(nodes.isWithoutCapability(two)).isTrue();
        nodes.allMayHaveCapability();
        assertThat(nodes.isWithoutCapability(two)).isFalse();
        assertThat(nodes.takeChanged(two)).isTrue();
        nodes.markWithoutCapability(1);
        assertThat(nodes.isWithoutCapability(1)).isFalse();
    }

    @Test
    void agreesWithAMapUnderRandomUse() throws Exception {
        long seed = 4711;
        Random random = new Random(seed);
        Map<Key, Integer> lookups = new HashMap<>();
        Map<Key, Long> ids = new HashMap<>();
        for (int step = 0; step < 200_000; step++) {
            Key key = key(2 + random.nextInt(3_000));
            if (random.nextInt(5) < 3) {
                long node = nodes.acquire(key);
                assertThat(ids.computeIfAbsent(key, k -> node))
                        .as("seed %s", seed)
                        .isEqualTo(node);
                lookups.merge(key, 1, Integer::sum);
            } else if (lookups.containsKey(key)) {
                int times = 1 + random.nextInt(lookups.get(key));
                nodes.forget(nodes.find(key), times);
                lookups.computeIfPresent(key, (k, n) -> n == times ? null : n - times);
                if (!lookups.containsKey(key)) {
                    ids.remove(key);
                }
            }
        }
        assertThat(nodes.size()).isEqualTo(1 + ids.size());
        Set<Long> expected = new HashSet<>(ids.values());
        expected.add(NodeTable.ROOT);
        assertThat(nodes.all()).containsExactlyInAnyOrder(expected.toArray(Long[]::new));
        for (Map.Entry<Key, Long> entry : ids.entrySet()) {
            assertThat(nodes.key(entry.getValue())).isEqualTo(entry.getKey());
        }
    }
}

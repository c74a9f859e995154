package magma.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import magma.fs.Errno;
import magma.fs.FsException;
import org.junit.jupiter.api.Test;

class HandleTableTest {
    private final HandleTable<String> table = new HandleTable<>();

    @Test
    void handlesLeadToWhatTheyWereGivenFor() throws Exception {
        List<Long> handles = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            handles.add(table.add("value " + i));
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(table.get(handles.get(i))).isEqualTo("value " + i);
        }
        assertThat(handles).doesNotHaveDuplicates();
    }

    @Test
    void handleThatIsGivenBackIsBad() throws Exception {
        long handle = table.add("first");
        assertThat(table.remove(handle)).isEqualTo("first");
        long next = table.add("second");
        assertThat(next).isNotEqualTo(handle);
        for (long bad : new long[] {handle, 0, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> table.get(bad))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
            assertThatThrownBy(() -> table.remove(bad)).isInstanceOf(FsException.class);
        }
        assertThat(table.get(next)).isEqualTo("second");
    }
}

package magma.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import magma.fs.Key;
import magma.fs.Name;
import org.junit.jupiter.api.Test;

class OwnDirectoriesTest {
    private static final Key DIRECTORY = new Key(1, 2, 3);
    private static final Key OTHER = new Key(1, 2, 4);

    private final OwnDirectories own = new OwnDirectories();

    @Test
    void ofADirectoryThatOthersMadeNothingIsKnown() throws Exception {
        own.mayHave(OTHER, Name.of("name"));
        assertThat(own.lacks(OTHER, Name.of("name"))).isFalse();
        assertThat(own.lacks(OTHER, Name.of("else"))).isFalse();
    }

    @Test
    void whatOthersChangedIsNotKnownAnyMore() throws Exception {
        own.made(DIRECTORY);
        own.made(OTHER);
        assertThat(own.lacks(DIRECTORY, Name.of("name"))).isTrue();
        own.forget(DIRECTORY);
        assertThat(own.lacks(DIRECTORY, Name.of("name"))).isFalse();
        assertThat(own.lacks(OTHER, Name.of("name"))).isTrue();
        own.forgetAll();
        assertThat(own.lacks(OTHER, Name.of("name"))).isFalse();
    }

    @Test
    void neverMoreIsKeptThanThereIsRoomFor() throws Exception {
        own.made(DIRECTORY);
        own.made(OTHER);
        for (int number = 0; number < 1 << 16; number++) {
            Name name = Name.of("name" + number);
            own.mayHave(DIRECTORY, name);
            assertThat(own.lacks(DIRECTORY, name)).isFalse();
        }
        assertThat(own.lacks(OTHER, Name.of("name"))).isFalse();
        own.made(OTHER);
        assertThat(own.lacks(OTHER, Name.of("name"))).isTrue();
    }
}

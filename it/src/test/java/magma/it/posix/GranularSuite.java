package magma.it.posix;

import static magma.it.posix.User.MEMBER;
import static magma.it.posix.User.OTHER;
import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Permissions finer than the mode: access control lists as acl(5) has them, and extended attributes. */
abstract class GranularSuite extends PosixSuite {
    private static final String ACCESS = "system.posix_acl_access";
    private static final String DEFAULT = "system.posix_acl_default";
    private static final int USER_OBJECT = 1;
    private static final int USER = 2;
    private static final int GROUP_OBJECT = 4;
    private static final int GROUP = 8;
    private static final int MASK = 16;
    private static final int OTHERS = 32;

    private record Entry(int tag, int permissions, int id) {
        Entry(int tag, int permissions) {
            this(tag, permissions, -1);
        }
    }

    /** A list as the kernel takes it (linux/posix_acl_xattr.h), as a word. */
    private static String acl(Entry... entries) {
        ByteBuffer buffer = ByteBuffer.allocate(4 + 8 * entries.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(2);
        for (Entry entry : entries) {
            buffer.putShort((short) entry.tag)
                    .putShort((short) entry.permissions)
                    .putInt(entry.id);
        }
        StringBuilder word = new StringBuilder();
        for (byte b : buffer.array()) {
            word.append(String.format("%%%02X", b & 0xff));
        }
        return word.toString();
    }

    /** Owner and others as given, one more user, and the mask. */
    private static String listFor(User user, int permissions, int mask) {
        return acl(
                new Entry(USER_OBJECT, 6),
                new Entry(USER, permissions, user.uid()),
                new Entry(GROUP_OBJECT, 0),
                new Entry(MASK, mask),
                new Entry(OTHERS, 0));
    }

    private void setAcl(String path, String kind, String list) {
        expect("0", ROOT, "setxattr " + path + " " + kind + " " + list + " 0");
    }

    @Test
    void namedUserIsLetInAsFarAsTheMaskGoes() {
        make("regular", "f", "0600");
        expect("EACCES", OTHER, "open f O_RDONLY");
        setAcl("f", ACCESS, listFor(OTHER, 6, 7));
        assertMode("f", "0670");
        expect("0", OTHER, "open f O_RDWR");
        expect("EACCES", MEMBER, "open f O_RDONLY");
        setAcl("f", ACCESS, listFor(OTHER, 6, 4));
        assertMode("f", "0640");
        expect("0 ; EACCES", OTHER, "open f O_RDONLY ; open f O_WRONLY");
        expect("0", OTHER, "access f R_OK");
        expect("EACCES", OTHER, "access f W_OK");
    }

    @Test
    void namedGroupIsLetIn() {
        make("regular", "f", "0600");
        setAcl(
                "f",
                ACCESS,
                acl(
                        new Entry(USER_OBJECT, 6),
                        new Entry(GROUP_OBJECT, 0),
                        new Entry(GROUP, 6, OTHER.gid()),
                        new Entry(MASK, 6),
                        new Entry(OTHERS, 0)));
        expect("0", OTHER, "open f O_RDWR");
        expect("EACCES", MEMBER, "open f O_RDONLY");
    }

    @Test
    void directoryListsGuardNames() {
        make("dir", "d", "0700");
        expect("EACCES ; EACCES", OTHER, "mkdir d/x 0755 ; list d");
        setAcl("d", ACCESS, listFor(OTHER, 7, 7));
        expect("0 ; =/x", OTHER, "mkdir d/x 0755 ; list d");
        setAcl("d", ACCESS, listFor(OTHER, 7, 5));
        expect("EACCES ; =/x", OTHER, "mkdir d/y 0755 ; list d");
        setAcl("d", ACCESS, listFor(OTHER, 7, 4));
        expect("EACCES", OTHER, "stat d/x");
    }

    @Test
    void chmodChangesTheMask() {
        make("regular", "f", "0600");
        setAcl("f", ACCESS, listFor(OTHER, 6, 6));
        ok(OWNER, "chmod f 0600");
        expect("EACCES", OTHER, "open f O_RDONLY");
        ok(OWNER, "chmod f 0640");
        expect("0 ; EACCES", OTHER, "open f O_RDONLY ; open f O_WRONLY");
    }

    @Test
    void listIsReadBackAndRemoved() {
        make("regular", "f", "0600");
        expect("ENODATA", ROOT, "getxattr f " + ACCESS);
        setAcl("f", ACCESS, listFor(OTHER, 6, 7));
        assertThat(run(ROOT, "getxattr f " + ACCESS)).startsWith("=%02%00%00%00%01%00%06%00");
        assertThat(run(ROOT, "listxattr f")).contains(ACCESS);
        expect("0", ROOT, "removexattr f " + ACCESS);
        expect("ENODATA", ROOT, "getxattr f " + ACCESS);
        expect("EACCES", OTHER, "open f O_RDONLY");
        setAcl("f", ACCESS, acl(new Entry(USER_OBJECT, 7), new Entry(GROUP_OBJECT, 5), new Entry(OTHERS, 1)));
        assertMode("f", "0751");
        expect("ENODATA", ROOT, "getxattr f " + ACCESS);
    }

    @Test
    void badListsAreRefused() {
        make("regular", "f", "0600");
        String incomplete = acl(new Entry(USER_OBJECT, 7), new Entry(GROUP_OBJECT, 5));
        expect("EINVAL", ROOT, "setxattr f " + ACCESS + " " + incomplete + " 0");
        String noMask =
                acl(new Entry(USER_OBJECT, 7), new Entry(USER, 7, 5), new Entry(GROUP_OBJECT, 5), new Entry(OTHERS, 1));
        expect("EINVAL", ROOT, "setxattr f " + ACCESS + " " + noMask + " 0");
        expect("EACCES", ROOT, "setxattr f " + DEFAULT + " " + listFor(OTHER, 6, 7) + " 0");
        expect("EPERM", OTHER, "setxattr f " + ACCESS + " " + listFor(OTHER, 6, 7) + " 0");
        assertMode("f", "0600");
    }

    @Test
    void defaultListIsInherited() {
        ok(ROOT, "mkdir d 0777 ; chmod d 0777");
        setAcl("d", DEFAULT, listFor(OTHER, 7, 7));
        User strict = OWNER.withUmask(0777);
        ok(strict, "open d/f O_CREAT|O_WRONLY 0666 ; mkdir d/e 0777 ; mkfifo d/p 0666");
        assertMode("d/f", "0660");
        assertMode("d/e", "0670");
        assertMode("d/p", "0660");
        expect("0", OTHER, "open d/f O_RDWR");
        expect("EACCES", MEMBER, "open d/f O_RDONLY");
        assertThat(run(ROOT, "getxattr d/e " + DEFAULT)).isEqualTo(run(ROOT, "getxattr d " + DEFAULT));
        expect("ENODATA", ROOT, "getxattr d/f " + DEFAULT);
        ok(strict, "mkdir d/narrow 0700");
        expect("EACCES", OTHER, "list d/narrow");
    }

    @Test
    void settingAListIsMarked() {
        make("regular", "f", "0600");
        marks("f", List.of("ctime"), OWNER, "setxattr f " + ACCESS + " " + listFor(OTHER, 6, 7) + " 0");
        marks("f", List.of("ctime"), OWNER, "setxattr f user.x y 0");
        marks("f", List.of("ctime"), OWNER, "removexattr f user.x");
    }

    @Test
    void extendedAttributesFollowTheMode() {
        make("regular", "f", "0644");
        expect("0 ; =red", OWNER, "setxattr f user.colour red 0 ; getxattr f user.colour");
        expect("=red ; EACCES", OTHER, "getxattr f user.colour ; setxattr f user.colour blue 0");
        ok(ROOT, "chmod f 0600");
        expect("EACCES", OTHER, "getxattr f user.colour");
        expect("EEXIST", OWNER, "setxattr f user.colour x XATTR_CREATE");
        expect("ENODATA", OWNER, "setxattr f user.shape x XATTR_REPLACE");
        expect("ENODATA ; ENODATA", OWNER, "getxattr f user.shape ; removexattr f user.shape");
        expect("=user.colour%00", OWNER, "listxattr f");
        expect("0 ; =", OWNER, "removexattr f user.colour ; listxattr f");
        expect("EPERM", OWNER, "setxattr f trusted.x y 0");
        expect("EOPNOTSUPP", OWNER, "setxattr f colour y 0");
        expect("0 ; =y", ROOT, "setxattr f trusted.x y 0 ; getxattr f trusted.x");
        expect("=", OWNER, "listxattr f");
    }

    @Test
    void extendedAttributesOfUsersAreForFilesAndDirectories() {
        for (String type : NOT_DIRECTORIES) {
            make(type, "x", "0666");
            expect(type.equals("regular") ? "0" : "EPERM", OWNER, "setxattr x user.colour red 0");
            remove(type, "x");
        }
        make("dir", "d", "0777");
        expect("0", OTHER, "setxattr d user.colour red 0");
        ok(ROOT, "chmod d 01777");
        expect("EPERM", OTHER, "setxattr d user.colour blue 0");
        expect("0", OWNER, "setxattr d user.colour blue 0");
    }
}

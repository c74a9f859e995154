package magma.testkit.lava;

/** SHA-1 keys; the root's window is in two slices. */
class SplitRootTest extends LavaVolumeSuites {
    SplitRootTest() {
        super(Lava.splitRoot());
    }
}

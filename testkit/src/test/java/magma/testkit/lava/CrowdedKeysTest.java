package magma.testkit.lava;

/** Keys of twelve bits: records of many flares share one place, and every window is cut by a border. */
class CrowdedKeysTest extends LavaVolumeSuites {
    CrowdedKeysTest() {
        super(Lava.crowded());
    }
}

package magma.it;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows between modules, as docs/architecture.md draws them. */
class ArchitectureTest {
    private static final String[] PURE = {
        "magma.dht.batch..",
        "magma.dht.codec..",
        "magma.dht.council..",
        "magma.dht.fsck..",
        "magma.dht.identity..",
        "magma.dht.key..",
        "magma.dht.lock..",
        "magma.dht.namespace..",
        "magma.dht.record..",
        "magma.dht.replication..",
        "magma.dht.slice..",
        "magma.dht.wire.."
    };

    /** Those of dht-core that have threads, and know others through ports only. */
    private static final String[] THREADED = {
        "magma.dht.front..", "magma.dht.host..", "magma.dht.routing..", "magma.dht.volume.."
    };

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("magma");

    private static final DescribedPredicate<JavaClass> THE_WORLD =
            new DescribedPredicate<>("clocks, threads, sockets, files, chance or libraries that have them") {
                @Override
                public boolean test(JavaClass type) {
                    String name = type.getName();
                    boolean concurrent = name.startsWith("java.util.concurrent.")
                            && !name.startsWith("java.util.concurrent.atomic.")
                            && !name.startsWith("java.util.concurrent.Concurrent")
                            && !name.equals("java.util.concurrent.CopyOnWriteArrayList");
                    return concurrent
                            || name.startsWith("java.net.")
                            || name.startsWith("java.nio.channels.")
                            || name.startsWith("java.nio.file.")
                            || name.startsWith("java.io.File")
                            || name.startsWith("io.netty.")
                            || name.equals("java.lang.Thread")
                            || name.equals("java.time.Clock")
                            || name.equals("java.util.Random")
                            || name.equals("java.security.SecureRandom");
                }
            };

    /** Its answers come later, and on other threads. */
    private static final DescribedPredicate<JavaClass> COUNCILS_PORT =
            JavaClass.Predicates.equivalentTo(magma.dht.council.Council.class);

    @Test
    void fsApiKnowsTheJdkOnly() {
        noClasses()
                .that()
                .resideInAPackage("magma.fs..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("magma.fs..", "java..", "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void dhtCoreKnowsFsApiOnly() {
        noClasses()
                .that()
                .resideInAPackage("magma.dht..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "magma.storage..",
                        "magma.council..",
                        "magma.fuse..",
                        "magma.identity..",
                        "magma.vulcano..",
                        "magma.shell..",
                        "magma.testkit..")
                .check(CLASSES);
    }

    @Test
    void threadedPackagesKnowOtherVulcanosAndTheDiskThroughPortsOnly() {
        noClasses()
                .that()
                .resideInAnyPackage(THREADED)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "magma.dht.transport.netty..",
                        "io.netty..",
                        "java.net..",
                        "java.nio.channels..",
                        "java.nio.file..")
                .check(CLASSES);
    }

    @Test
    void purePackagesKnowNothingOfTheWorld() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .and(DescribedPredicate.not(COUNCILS_PORT))
                .should()
                .dependOnClassesThat(THE_WORLD)
                .check(CLASSES);
    }

    @Test
    void purePackagesAskNobodyTheTime() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .check(CLASSES);
    }

    @Test
    void purePackagesKnowNoAdapter() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("magma.dht.transport..")
                .check(CLASSES);
    }

    @Test
    void storageKnowsThePortOnly() {
        noClasses()
                .that()
                .resideInAPackage("magma.storage..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "magma.dht.batch..",
                        "magma.dht.council..",
                        "magma.dht.front..",
                        "magma.dht.fsck..",
                        "magma.dht.host..",
                        "magma.dht.identity..",
                        "magma.dht.lock..",
                        "magma.dht.namespace..",
                        "magma.dht.replication..",
                        "magma.dht.routing..",
                        "magma.dht.transport..",
                        "magma.dht.volume..",
                        "magma.dht.wire..",
                        "magma.council..",
                        "magma.fuse..",
                        "magma.identity..",
                        "magma.vulcano..",
                        "magma.shell..")
                .check(CLASSES);
    }

    @Test
    void identityKnowsItsRecordsAndTheTransportsPortOnly() {
        onlyKnows(
                "magma.identity..",
                "magma.dht.codec..",
                "magma.dht.identity..",
                "magma.dht.transport.netty..",
                "magma.fs..");
    }

    @Test
    void theCouncilsConsensusKnowsTheCouncilReplicationAndHowToWaitOnly() {
        onlyKnows(
                "magma.council..",
                "magma.dht.codec..",
                "magma.dht.council..",
                "magma.dht.replication..",
                "magma.dht.runtime..");
    }

    /** Of Magma. */
    private static void onlyKnows(String who, String... known) {
        DescribedPredicate<JavaClass> others = JavaClass.Predicates.resideInAPackage("magma..")
                .and(JavaClass.Predicates.resideOutsideOfPackages(known))
                .and(JavaClass.Predicates.resideOutsideOfPackage(who));
        noClasses()
                .that()
                .resideInAPackage(who)
                .should()
                .dependOnClassesThat(others)
                .check(CLASSES);
    }

    @Test
    void frontEndsKnowFsApiOnly() {
        noClasses()
                .that()
                .resideInAPackage("magma.fuse..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "magma.dht..",
                        "magma.storage..",
                        "magma.council..",
                        "magma.identity..",
                        "magma.vulcano..",
                        "magma.shell..")
                .check(CLASSES);
    }

    @Test
    void theVulcanoDoesNotKnowTheShell() {
        noClasses()
                .that()
                .resideInAPackage("magma.vulcano..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("magma.shell..")
                .check(CLASSES);
    }

    @Test
    void theShellKnowsTheVulcanoAndFsApiOnly() {
        noClasses()
                .that()
                .resideInAPackage("magma.shell..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "magma.dht..", "magma.storage..", "magma.council..", "magma.identity..", "magma.fuse..")
                .check(CLASSES);
    }
}

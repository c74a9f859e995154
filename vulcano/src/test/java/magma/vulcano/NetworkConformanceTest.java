package magma.vulcano;

import java.nio.file.Path;
import magma.fs.Volume;
import magma.testkit.fs.AclConformance;
import magma.testkit.fs.AttributeConformance;
import magma.testkit.fs.CoherenceConformance;
import magma.testkit.fs.ConcurrencyConformance;
import magma.testkit.fs.ContentConformance;
import magma.testkit.fs.CreateConformance;
import magma.testkit.fs.DurabilityConformance;
import magma.testkit.fs.LinkConformance;
import magma.testkit.fs.ListingConformance;
import magma.testkit.fs.LockConformance;
import magma.testkit.fs.LockWaitingConformance;
import magma.testkit.fs.LookupConformance;
import magma.testkit.fs.ModelConformance;
import magma.testkit.fs.OrphanConformance;
import magma.testkit.fs.RenameConformance;
import magma.testkit.fs.RenamePermissionConformance;
import magma.testkit.fs.SparseConformance;
import magma.testkit.fs.TimesConformance;
import magma.testkit.fs.XattrConformance;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** A network of three vulcanos keeps to the suites that a volume of one keeps to, though each session of a test is at another vulcano. */
class NetworkConformanceTest {
    private static SpreadNetwork network;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        network = SpreadNetwork.start(directory);
    }

    @AfterAll
    static void stop() {
        network.close();
    }

    private static Volume fresh() throws Exception {
        return network.fresh();
    }

    @Nested
    class Acl extends AclConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Attribute extends AttributeConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Coherence extends CoherenceConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Concurrency extends ConcurrencyConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Content extends ContentConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Create extends CreateConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Durability extends DurabilityConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Link extends LinkConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Listing extends ListingConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Lock extends LockConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class LockWaiting extends LockWaitingConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Lookup extends LookupConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Model extends ModelConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }

        @Override
        protected int operations() {
            return 750;
        }
    }

    @Nested
    class Orphan extends OrphanConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Rename extends RenameConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class RenamePermission extends RenamePermissionConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Sparse extends SparseConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Times extends TimesConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }

    @Nested
    class Xattr extends XattrConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return fresh();
        }
    }
}

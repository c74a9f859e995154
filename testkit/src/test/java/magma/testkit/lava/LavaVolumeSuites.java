package magma.testkit.lava;

import magma.dht.volume.LavaVolume;
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
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.Nested;

/** All suites of fs-api on the real filesystem, over slices and keys that a subclass chooses. After each test all records agree. */
abstract class LavaVolumeSuites {
    private final Lava lava;
    private MemoryStorage storage = new MemoryStorage();

    LavaVolumeSuites(Lava lava) {
        this.lava = lava;
    }

    private Volume open() throws Exception {
        storage = new MemoryStorage();
        return lava.open(storage);
    }

    private void close(Volume volume) throws Exception {
        ((LavaVolume) volume).close();
        lava.assertClean(storage);
    }

    /** What was acknowledged is in the log; the rest of the process is gone. */
    private Volume crashAndReopen() throws Exception {
        storage = storage.restart();
        return lava.open(storage);
    }

    @Nested
    class Create extends CreateConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Lookup extends LookupConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Link extends LinkConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Rename extends RenameConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class RenamePermission extends RenamePermissionConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Attribute extends AttributeConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Times extends TimesConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Content extends ContentConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Sparse extends SparseConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Listing extends ListingConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Lock extends LockConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class LockWaiting extends LockWaitingConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Acl extends AclConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Xattr extends XattrConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Orphan extends OrphanConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Coherence extends CoherenceConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Concurrency extends ConcurrencyConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Durability extends DurabilityConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }

    @Nested
    class Model extends ModelConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return open();
        }

        @Override
        protected Volume restart(Volume running) throws Exception {
            return crashAndReopen();
        }

        @Override
        protected void end(Volume ended) throws Exception {
            close(ended);
        }
    }
}

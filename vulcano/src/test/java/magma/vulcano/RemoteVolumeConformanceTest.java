package magma.vulcano;

import magma.dht.transport.netty.ServedVolume;
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
import magma.testkit.fs.LookupConformance;
import magma.testkit.fs.MemoryVolume;
import magma.testkit.fs.ModelConformance;
import magma.testkit.fs.OrphanConformance;
import magma.testkit.fs.RenameConformance;
import magma.testkit.fs.RenamePermissionConformance;
import magma.testkit.fs.SparseConformance;
import magma.testkit.fs.TimesConformance;
import magma.testkit.fs.XattrConformance;
import org.junit.jupiter.api.Nested;

/** A volume seen over the wire keeps to the suites that the volume itself keeps to. */
class RemoteVolumeConformanceTest {
    private static Volume served() throws Exception {
        return ServedVolume.of(new MemoryVolume());
    }

    private static void close(Volume ended) {
        ((ServedVolume) ended).close();
    }

    @Nested
    class Acl extends AclConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Attribute extends AttributeConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Coherence extends CoherenceConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Concurrency extends ConcurrencyConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Content extends ContentConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Create extends CreateConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Durability extends DurabilityConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Link extends LinkConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Listing extends ListingConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Lock extends LockConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Lookup extends LookupConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Model extends ModelConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Orphan extends OrphanConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Rename extends RenameConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class RenamePermission extends RenamePermissionConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Sparse extends SparseConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Times extends TimesConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }

    @Nested
    class Xattr extends XattrConformance {
        @Override
        protected Volume newVolume() throws Exception {
            return served();
        }

        @Override
        protected void end(Volume ended) {
            close(ended);
        }
    }
}

package magma.testkit.fs;

import java.time.InstantSource;
import magma.fs.Volume;
import org.junit.jupiter.api.Nested;

/** The in-memory filesystem keeps to the suites that it is the measure of. */
class MemoryVolumeTest {
    @Nested
    class Create extends CreateConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Lookup extends LookupConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Link extends LinkConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Rename extends RenameConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class RenamePermission extends RenamePermissionConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Attribute extends AttributeConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Times extends TimesConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Content extends ContentConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Sparse extends SparseConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Listing extends ListingConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Lock extends LockConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class LockWaiting extends LockWaitingConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Acl extends AclConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Xattr extends XattrConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Orphan extends OrphanConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Coherence extends CoherenceConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Concurrency extends ConcurrencyConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Durability extends DurabilityConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    @Nested
    class Model extends ModelConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume();
        }
    }

    /** Cookies of three bits: most entries share theirs with others. */
    @Nested
    class ListingWithCollisions extends ListingConformance {
        @Override
        protected Volume newVolume() {
            return new MemoryVolume(new MemoryVolume.Settings(InstantSource.system(), 1 << 24, 3));
        }
    }
}

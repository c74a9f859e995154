/**
 * Where a vulcano's bytes rest: one log of segments, which is the truth, an in-memory table of what was committed lately, and a Xodus environment that
 * indexes the rest and can be rebuilt from the log. docs/storage.md draws every record.
 */
@NullMarked
package magma.storage.xodus;

import org.jspecify.annotations.NullMarked;

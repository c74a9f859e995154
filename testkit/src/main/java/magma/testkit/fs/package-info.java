/**
 * What every filesystem behind fs-api is held to: an in-memory one to compare with, {@link magma.testkit.fs.MemoryVolume}, and
 * the suites that all of them run.
 */
@NullMarked
package magma.testkit.fs;

import org.jspecify.annotations.NullMarked;

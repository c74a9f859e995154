/** The server process: where the modules are wired together, and the only place that knows them all. */
@NullMarked
package magma.vulcano;

import org.jspecify.annotations.NullMarked;

/**
 * Sessions of clients at the vulcano that they reached. Each call goes on to the vulcano that answers for its flare, its <em>home</em>: the one that leads the flare's slice.
 * There its content, its locks and its rules are. When a home is lost, the next one is told what was open and what may not have been stored.
 */
@NullMarked
package magma.dht.front;

import org.jspecify.annotations.NullMarked;

/** A disk that forgets, when its power is cut, what nobody had it sync: for processes whose files shall survive that. */
@NullMarked
package magma.testkit.disk;

import org.jspecify.annotations.NullMarked;
